import { readFileSync } from "node:fs";
import { type Arguments, readCall } from "./arguments.ts";
import { createAudit } from "./audit/audit.ts";
import type { Checks } from "./audit/verify.ts";
import { init } from "./init.ts";
import type { Messages } from "./messages/en.ts";
import { OutputClosed } from "./output.ts";
import { start } from "./start.ts";
import type { Surroundings } from "./surroundings.ts";
import { UsageError } from "./usage-error.ts";
import { user } from "./user.ts";
import { wordError } from "./word-error.ts";

type Command = (args: Arguments, surroundings: Surroundings) => Promise<number>;

/** What a process gives to a command. */
export interface Process extends Omit<Surroundings, "t"> {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly checks: Checks;
}

/** Carries out one call. Returns the exit code: 0 done, 1 refused, 2 used wrongly. */
export async function runCommand(argv: readonly string[], { environment, checks, ...streams }: Process): Promise<number> {
  const call = readCall(argv, environment);
  const surroundings = { ...streams, t: call.messages };
  const commands = new Map<string, Command>([
    ["start", start],
    ["init", init],
    ["user", user],
    ["audit", createAudit(checks)],
    ["version", version],
  ]);
  try {
    return await choose(commands, call.read(), surroundings);
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
    await surroundings.err.line(`wardroom: ${wordError(error, call.messages)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function choose(commands: ReadonlyMap<string, Command>, args: Arguments, surroundings: Surroundings): Promise<number> {
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

function usageOf(command: string | undefined, { usage }: Messages): string {
  const ofCommand = Object.entries(usage).find(([name]) => name === command);
  return ofCommand?.[1] ?? usage.wardroom;
}

async function version(_args: Arguments, { out }: Surroundings): Promise<number> {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const known = typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "?";
  await out.line(`wardroom ${known}`);
  return 0;
}
