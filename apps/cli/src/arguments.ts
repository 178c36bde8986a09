import { parseArgs } from "node:util";
import { type Config, type OptionKey, readConfig } from "@wardroom/server";

/** A call that cannot be carried out as written. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const flagOptions = {
  config: { type: "string" },
  data: { type: "string" },
  "key-file": { type: "string" },
  listen: { type: "string" },
  "server-name": { type: "string" },
  profile: { type: "string" },
  admin: { type: "boolean" },
  "password-stdin": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export interface Arguments {
  readonly words: readonly string[];
  readonly admin: boolean;
  readonly passwordStdin: boolean;
  readonly help: boolean;
  /** Reads file, environment and flags. @throws ConfigError */
  config(): Config;
}

/** @throws UsageError */
export function readArguments(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Arguments {
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], options: flagOptions, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "bad arguments");
  }
  const { values, positionals } = parsed;
  const flags: Partial<Record<OptionKey, string>> = {};
  const take = (key: OptionKey, value: string | undefined) => {
    if (value !== undefined) flags[key] = value;
  };
  take("data_dir", values.data);
  take("key_file", values["key-file"]);
  take("listen", values.listen);
  take("server_name", values["server-name"]);
  take("profile", values.profile);
  return {
    words: positionals,
    admin: values.admin === true,
    passwordStdin: values["password-stdin"] === true,
    help: values.help === true,
    config: () => readConfig({ environment, flags, ...(values.config === undefined ? {} : { file: values.config }) }),
  };
}
