import type { AuditLog, AuditPage, AuditQuery, AuditState, EntryPlace, OpenedEntry, Reader } from "#audit";
import { MatrixError, OPERATOR } from "#kernel";
import { type Identity, passwordBounds, toUserId } from "#identity";

/** One account, as a list of the operator's shows it. */
interface ListedUser {
  readonly userId: string;
  readonly isAdmin: boolean;
  readonly state: "active" | "deactivated";
}

/** What the operator's commands can ask of a server, running or opened for the purpose. Data only: the command line finds the words. */
export interface OperatorCommands {
  createUser(input: { readonly name: string; readonly password: string; readonly admin: boolean }): Promise<{ readonly userId: string }>;
  resetPassword(input: { readonly name: string; readonly password: string }): Promise<{ readonly userId: string }>;
  listUsers(): Promise<readonly ListedUser[]>;
  searchAudit(query: AuditQuery): Promise<AuditPage>;
  showEntry(place: EntryPlace): Promise<OpenedEntry>;
  /** The entry's bytes in base64. */
  proveEntry(place: EntryPlace): Promise<{ readonly proof: string; readonly entry: string }>;
  auditState(): Promise<AuditState>;
  /** One file of an export in base64, by its path below `logs/N/`. */
  readLogFile(file: { readonly log: number; readonly path: string }): Promise<string>;
}

/** A refusal that the command line words in the operator's language, by its code and its values. */
export class OperatorRefusal extends Error {
  override readonly name = "OperatorRefusal";
  readonly code: string;
  readonly values: Readonly<Record<string, string>>;

  constructor(code: string, message: string, values: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.values = values;
  }
}

interface OperatorDeps {
  readonly identity: Identity;
  readonly audit: AuditLog;
  readonly serverName: string;
}

const reader: Reader = { actor: OPERATOR };

export function operatorCommands({ identity, audit, serverName }: OperatorDeps): OperatorCommands {
  return {
    async createUser({ name, password, admin }) {
      const localpart = userIdOf(name, serverName).slice(1, -`:${serverName}`.length);
      return identity.createAccount({ localpart, password, isAdmin: admin, by: OPERATOR }).catch(refusePassword);
    },
    async resetPassword({ name, password }) {
      const userId = userIdOf(name, serverName);
      if (!(await identity.accountExists(userId)))
        throw new OperatorRefusal("account-unknown", `There is no account ${userId}.`, { userId });
      await identity.setPassword(userId, password, { endSessions: {}, by: OPERATOR }).catch(refusePassword);
      return { userId };
    },
    async listUsers() {
      return (await identity.listAccounts(OPERATOR)).map(({ userId, isAdmin, state }) => ({ userId, isAdmin, state }));
    },
    searchAudit: async (query) => audit.search(reader, query),
    showEntry: async (place) => audit.show(reader, place).catch(refuseUnknown("entry-unknown", place)),
    async proveEntry(place) {
      const { proof, entry } = await audit.prove(reader, place).catch(refuseUnknown("entry-unproved", place));
      return { proof, entry: Buffer.from(entry).toString("base64") };
    },
    auditState: async () => audit.state(reader),
    readLogFile: async ({ log, path }) => Buffer.from(await audit.readFile(reader, log, path)).toString("base64"),
  };
}

function userIdOf(name: string, serverName: string): string {
  const userId = toUserId(name, serverName);
  if (userId !== undefined) return userId;
  const values = { name, serverName };
  if (name.startsWith("@") && !name.endsWith(`:${serverName}`))
    throw new OperatorRefusal("name-foreign", `${name} is of another server; this one is ${serverName}.`, values);
  throw new OperatorRefusal("name-invalid", `${name} is no user name of ${serverName}.`, values);
}

function refusePassword(error: unknown): never {
  if (!(error instanceof MatrixError)) throw error;
  const values = { characters: String(passwordBounds.characters), bytes: String(passwordBounds.bytes) };
  if (error.code === "M_WEAK_PASSWORD") throw new OperatorRefusal("password-short", error.message, values);
  if (error.code === "M_INVALID_PARAM") throw new OperatorRefusal("password-long", error.message, values);
  throw error;
}

function refuseUnknown(code: string, { log, index }: EntryPlace): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof MatrixError) || error.code !== "M_NOT_FOUND") throw error;
    throw new OperatorRefusal(code, error.message, { place: `${log}/${index}` });
  };
}
