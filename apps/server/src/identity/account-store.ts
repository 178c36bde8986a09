import { type Keys, personScope } from "#keys";
import type { Statements, Write } from "#storage";
import type { AccountRow } from "./contract.ts";

interface StoredAccount {
  readonly user_id: string;
  readonly is_admin: number;
  readonly state: string;
  readonly created_at: number;
  readonly password_version: number;
  readonly password_hash: Uint8Array | null;
}

interface Tables {
  readonly accounts: StoredAccount;
}

/** An account with what is needed to check a password. `passwordHash` is Argon2's encoded form; undefined: none set, or erased. */
export interface AccountSecret {
  readonly userId: string;
  readonly isAdmin: boolean;
  readonly state: "active" | "deactivated";
  readonly passwordVersion: number;
  readonly passwordHash: string | undefined;
}

interface NewAccount {
  readonly userId: string;
  readonly isAdmin: boolean;
  readonly createdAt: number;
  readonly passwordHash: string | undefined;
}

/**
 * Password hashes are sealed under the person's key: a copy of the rows (a backup, a PostgreSQL dump) then holds nothing to
 * guess against, and erasing the person erases the hash. A pepper would do the first only, and its loss would lock all out.
 * The person's key must exist (`keys.ensure`) before a hash is written.
 */
export interface AccountStore {
  find(userId: string): Promise<AccountSecret | undefined>;
  exists(userId: string): Promise<boolean>;
  isActive(userId: string): Promise<boolean>;
  list(): Promise<readonly AccountRow[]>;
  /** Expects the name to be free. */
  claim(account: NewAccount): Write;
  /** Expects that nobody changed the password since `version` was read. */
  replacePassword(userId: string, version: number, passwordHash: string): Write;
  /** The name stays taken, the password is gone. Expects the account to be active. */
  deactivate(userId: string): Write;
  /** Changes nothing; expects the account to exist and to be active. */
  expectActive(userId: string): Write;
  /** Changes nothing; expects the account to be active and its password to be still the one that was checked. */
  expectUnchanged(userId: string, version: number): Write;
}

const associated = (userId: string): string => `accounts\u0000${userId}\u0000password_hash`;
const stateOf = (row: Pick<StoredAccount, "state">) => (row.state === "active" ? "active" : "deactivated");

export function createAccountStore(statements: Statements, keys: Keys): AccountStore {
  const reads = createReads(statements);
  const writes = createWrites(statements);
  const seal = (userId: string, hash: string) => keys.seal(personScope(userId), associated(userId), hash);
  const open = (row: StoredAccount) => {
    if (row.password_hash === null) return undefined;
    const hash = keys.open(personScope(row.user_id), associated(row.user_id), row.password_hash);
    return hash === undefined ? undefined : Buffer.from(hash).toString();
  };
  return {
    async find(userId) {
      const row = await reads.find.get({ userId });
      if (row === undefined) return undefined;
      return {
        userId: row.user_id,
        isAdmin: row.is_admin === 1,
        state: stateOf(row),
        passwordVersion: row.password_version,
        passwordHash: open(row),
      };
    },
    exists: async (userId) => (await reads.exists.get({ userId })) !== undefined,
    isActive: async (userId) => (await reads.state.get({ userId }))?.state === "active",
    list: async () =>
      (await reads.list.all({})).map((row) => ({
        userId: row.user_id,
        isAdmin: row.is_admin === 1,
        state: stateOf(row),
        createdAt: row.created_at,
      })),
    claim: ({ userId, isAdmin, createdAt, passwordHash }) =>
      writes.insert(
        {
          userId,
          isAdmin: isAdmin ? 1 : 0,
          state: "active",
          createdAt,
          version: 1,
          hash: passwordHash === undefined ? null : seal(userId, passwordHash),
        },
        1,
      ),
    replacePassword: (userId, version, hash) => writes.replace({ userId, version, next: version + 1, hash: seal(userId, hash) }, 1),
    deactivate: (userId) => writes.deactivate({ userId, state: "active", next: "deactivated" }, 1),
    expectActive: (userId) => writes.touch({ userId, state: "active" }, 1),
    expectUnchanged: (userId, version) => writes.touchVersion({ userId, version, state: "active" }, 1),
  };
}

function createReads(statements: Statements) {
  return {
    find: statements.read<Tables, { userId: string }, StoredAccount>((db, p) =>
      db.selectFrom("accounts").selectAll().where("user_id", "=", p.userId),
    ),
    exists: statements.read<Tables, { userId: string }, Pick<StoredAccount, "user_id">>((db, p) =>
      db.selectFrom("accounts").select("user_id").where("user_id", "=", p.userId),
    ),
    state: statements.read<Tables, { userId: string }, Pick<StoredAccount, "state">>((db, p) =>
      db.selectFrom("accounts").select("state").where("user_id", "=", p.userId),
    ),
    list: statements.read<Tables, Record<never, never>, Omit<StoredAccount, "password_hash" | "password_version">>(
      (db) => db.selectFrom("accounts").select(["user_id", "is_admin", "state", "created_at"]).orderBy("created_at").orderBy("user_id"),
      { long: true },
    ),
  };
}

function createWrites(statements: Statements) {
  return {
    insert: statements.write<
      Tables,
      { userId: string; isAdmin: number; state: string; createdAt: number; version: number; hash: Uint8Array | null }
    >((db, p) =>
      db
        .insertInto("accounts")
        .values({
          user_id: p.userId,
          is_admin: p.isAdmin,
          state: p.state,
          created_at: p.createdAt,
          password_version: p.version,
          password_hash: p.hash,
        })
        .onConflict((conflict) => conflict.doNothing()),
    ),
    replace: statements.write<Tables, { userId: string; version: number; next: number; hash: Uint8Array }>((db, p) =>
      db
        .updateTable("accounts")
        .set({ password_hash: p.hash, password_version: p.next })
        .where("user_id", "=", p.userId)
        .where("password_version", "=", p.version),
    ),
    deactivate: statements.write<Tables, { userId: string; state: string; next: string }>((db, p) =>
      db
        .updateTable("accounts")
        .set((row) => ({ state: p.next, password_hash: null, password_version: row("password_version", "+", 1) }))
        .where("user_id", "=", p.userId)
        .where("state", "=", p.state),
    ),
    touch: statements.write<Tables, { userId: string; state: string }>((db, p) =>
      db.updateTable("accounts").set({ state: p.state }).where("user_id", "=", p.userId).where("state", "=", p.state),
    ),
    touchVersion: statements.write<Tables, { userId: string; version: number; state: string }>((db, p) =>
      db
        .updateTable("accounts")
        .set({ state: p.state })
        .where("user_id", "=", p.userId)
        .where("state", "=", p.state)
        .where("password_version", "=", p.version),
    ),
  };
}
