import * as v from "valibot";
import { type OperatorCommands, OperatorRefusal } from "./operator-commands.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(4096));
const optionalText = v.exactOptional(text);

const account = v.strictObject({ name: v.string(), password: v.string() });
const place = v.strictObject({ log: count, index: count });
const outcome = v.picklist(["done", "refused"]);
const query = v.strictObject({
  actor: optionalText,
  target: optionalText,
  room: optionalText,
  code: optionalText,
  outcome: v.exactOptional(outcome),
  from: v.exactOptional(count),
  to: v.exactOptional(count),
  after: optionalText,
  limit: v.pipe(count, v.minValue(1), v.maxValue(1000)),
});

const user = v.object({ userId: v.string() });
const users = v.array(v.object({ ...user.entries, isAdmin: v.boolean(), state: v.picklist(["active", "deactivated"]) }));
const sealed = v.exactOptional(v.string());
const entry = v.object({
  log: count,
  index: count,
  id: v.string(),
  time: count,
  code: v.string(),
  class: count,
  activity: count,
  outcome,
  reason: sealed,
  count,
  policy: sealed,
  actor: sealed,
  asAdministrator: v.exactOptional(v.literal(true)),
  deviceId: sealed,
  address: sealed,
  target: sealed,
  roomId: sealed,
  eventId: sealed,
  erased: v.array(v.picklist(["actor", "target", "room"])),
  unsigned: v.boolean(),
});
const page = v.object({ entries: v.array(entry), next: v.exactOptional(v.string()) });
const state = v.object({
  logs: v.array(v.object({ log: count, origin: v.string(), vkey: v.string(), size: count, checkpoint: v.string() })),
  unsigned: count,
  stopped: v.exactOptional(v.string()),
  secondPlace: v.exactOptional(v.string()),
});

type Run = (commands: OperatorCommands, input: unknown) => Promise<unknown>;

/** Every command that the socket takes, by its name on the wire. What is asked is checked before anything is done. */
const runners: ReadonlyMap<string, Run> = new Map<keyof OperatorCommands, Run>([
  ["createUser", (commands, input) => commands.createUser(v.parse(v.strictObject({ ...account.entries, admin: v.boolean() }), input))],
  ["resetPassword", (commands, input) => commands.resetPassword(v.parse(account, input))],
  ["listUsers", (commands) => commands.listUsers()],
  ["searchAudit", (commands, input) => commands.searchAudit(v.parse(query, input))],
  ["showEntry", (commands, input) => commands.showEntry(v.parse(place, input))],
  ["proveEntry", (commands, input) => commands.proveEntry(v.parse(place, input))],
  ["auditState", (commands) => commands.auditState()],
  ["readLogFile", (commands, input) => commands.readLogFile(v.parse(v.strictObject({ log: count, path: text }), input))],
]);

export type Answer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly values: Readonly<Record<string, string>> };

const answerShape = v.variant("ok", [
  v.object({ ok: v.literal(true), result: v.unknown() }),
  v.object({ ok: v.literal(false), code: v.string(), message: v.string(), values: v.record(v.string(), v.string()) }),
]);

/** An answer that this program cannot read, or a request that the other one does not know. */
const otherVersion = {
  ok: false,
  code: "other-version",
  message: "The running server is of another version and does not know this command.",
  values: {},
} as const;

export async function answerRequest(commands: OperatorCommands, line: string): Promise<Answer> {
  try {
    const { command, input } = v.parse(v.object({ command: v.string(), input: v.unknown() }), JSON.parse(line));
    const run = runners.get(command);
    return run === undefined ? otherVersion : { ok: true, result: await run(commands, input) };
  } catch (error) {
    // Its own message would quote what was sent, a password among it.
    if (error instanceof v.ValiError || error instanceof SyntaxError)
      return { ok: false, code: "malformed", message: "The request is malformed.", values: {} };
    return describeFault(error);
  }
}

function describeFault(error: unknown): Answer {
  const fields = error instanceof Error ? error : new Error("failed");
  const code = "code" in fields && typeof fields.code === "string" ? fields.code : "failed";
  const values = "values" in fields ? v.safeParse(v.record(v.string(), v.string()), fields.values) : undefined;
  return { ok: false, code, message: fields.message, values: values?.success === true ? values.output : {} };
}

export function readAnswer(line: string): Answer {
  try {
    const known = v.safeParse(answerShape, JSON.parse(line));
    return known.success ? known.output : otherVersion;
  } catch {
    return otherVersion;
  }
}

/** What a server answered. It may have been started before this program was updated. */
function check<Shape extends v.GenericSchema>(shape: Shape, result: unknown): v.InferOutput<Shape> {
  const known = v.safeParse(shape, result);
  if (known.success) return known.output;
  throw new OperatorRefusal(otherVersion.code, otherVersion.message);
}

/** The commands of a server that is asked. `ask` gives the result, or throws the refusal. */
export function remoteCommands(ask: (command: keyof OperatorCommands, input: unknown) => Promise<unknown>): OperatorCommands {
  return {
    createUser: async (input) => check(user, await ask("createUser", input)),
    resetPassword: async (input) => check(user, await ask("resetPassword", input)),
    listUsers: async () => check(users, await ask("listUsers", {})),
    searchAudit: async (input) => check(page, await ask("searchAudit", input)),
    showEntry: async (input) => check(entry, await ask("showEntry", input)),
    proveEntry: async (input) => check(v.object({ proof: v.string(), entry: v.string() }), await ask("proveEntry", input)),
    auditState: async () => check(state, await ask("auditState", {})),
    readLogFile: async (input) => check(v.string(), await ask("readLogFile", input)),
  };
}
