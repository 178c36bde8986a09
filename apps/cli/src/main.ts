import { readFileSync } from "node:fs";
import { compose, ConfigError, createLogger, DataFolderInUse } from "@wardroom/server";
import { type Arguments, readArguments, UsageError } from "./arguments.ts";
import { start } from "./start.ts";
import { user } from "./user.ts";

const USAGE = `wardroom COMMAND

  start [--config FILE] [--data DIR] [--key-file FILE] [--listen HOST:PORT]
        [--server-name NAME] [--profile conformance]
                               run the server until Ctrl-C
  init                         make key and store, then stop
  user create NAME [--admin] [--password-stdin]
  user reset-password NAME [--password-stdin]
  user list
  version`;

const print = (line: string) => process.stdout.write(`${line}\n`);

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";
}

async function init(args: Arguments): Promise<number> {
  const config = args.config();
  const house = await compose({ config, log: createLogger() });
  await house.close();
  print(
    house.isNew
      ? `Made the store in ${config.dataDir}; its key is ${config.keyFile}. Keep a copy of the key elsewhere.`
      : `${config.dataDir} is already set up.`,
  );
  return 0;
}

async function run(argv: readonly string[]): Promise<number> {
  const args = readArguments(argv, process.env);
  const [command] = args.words;
  if (args.help || command === undefined) {
    print(USAGE);
    return args.help ? 0 : 2;
  }
  switch (command) {
    case "start":
      return start(args.config(), print);
    case "init":
      return init(args);
    case "user":
      return user(args, print);
    case "version":
      print(`wardroom ${version()}`);
      return 0;
    default:
      throw new UsageError(`unknown command "${command}".\n\n${USAGE}`);
  }
}

/** Returns the exit code: 0 done, 1 refused, 2 used wrongly. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await run(argv);
  } catch (error) {
    const expected = error instanceof UsageError || error instanceof ConfigError || error instanceof DataFolderInUse;
    // Refusals have names of their own, and what the system or the disk refused has a code: neither needs a stack.
    const isNamed = error instanceof Error && error.name !== "Error" && error.name !== "TypeError";
    const refused = expected || isNamed || (error instanceof Error && "code" in error);
    process.stderr.write(
      `wardroom: ${refused && error instanceof Error ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
    );
    return error instanceof UsageError ? 2 : 1;
  }
}
