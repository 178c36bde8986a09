import { readFileSync } from "node:fs";
import { type Arguments, readCall } from "./arguments.ts";
import { createAudit } from "./audit/audit.ts";
import { init } from "./init.ts";
import type { Messages } from "./messages/en.ts";
import { createOutput, OutputClosed } from "./output.ts";
import { Refused } from "./refused.ts";
import { start } from "./start.ts";
import type { Surroundings } from "./surroundings.ts";
import { UsageError } from "./usage-error.ts";
import { user } from "./user.ts";
import { wordError } from "./word-error.ts";

/** Until the checks of an export are part of the server's door. */
const later = () => Promise.reject(new Refused("audit verify is not part of this build yet."));
const audit = createAudit({ verifyExport: later, verifyProof: later });

type Command = (args: Arguments, surroundings: Surroundings) => Promise<number>;

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["start", start],
  ["init", init],
  ["user", user],
  ["audit", audit],
  ["version", version],
]);

async function version(_args: Arguments, { out }: Surroundings): Promise<number> {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const known = typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "?";
  await out.line(`wardroom ${known}`);
  return 0;
}

function usageOf(command: string | undefined, { usage }: Messages): string {
  const ofCommand = Object.entries(usage).find(([name]) => name === command);
  return ofCommand?.[1] ?? usage.wardroom;
}

async function run(args: Arguments, surroundings: Surroundings): Promise<number> {
  const { t, out } = surroundings;
  const [name] = args.words;
  if (args.has("help") || name === undefined) {
    await out.line(usageOf(name, t));
    return args.has("help") ? 0 : 2;
  }
  const command = commands.get(name);
  if (command === undefined) throw new UsageError(`${t.arguments.unknownCommand(name)}\n\n${t.usage.wardroom}`);
  return command(args, surroundings);
}

/** Returns the exit code: 0 done, 1 refused, 2 used wrongly. */
export async function main(argv: readonly string[]): Promise<number> {
  const call = readCall(argv, process.env);
  const [out, err] = [createOutput(process.stdout), createOutput(process.stderr)];
  try {
    return await run(call.read(), { t: call.messages, out, err, now: () => Date.now() });
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
    await err.line(`wardroom: ${wordError(error, call.messages)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}
