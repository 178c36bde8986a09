import { parseArgs } from "node:util";
import { type Config, type OptionKey, readConfig } from "@wardroom/server";
import { findMessages, messagesOf } from "./language.ts";
import type { Messages } from "./messages/en.ts";
import { UsageError } from "./usage-error.ts";

const options = {
  config: { type: "string" },
  data: { type: "string" },
  "key-file": { type: "string" },
  listen: { type: "string" },
  "server-name": { type: "string" },
  profile: { type: "string" },
  lang: { type: "string" },
  help: { type: "boolean", short: "h" },
  admin: { type: "boolean" },
  "password-stdin": { type: "boolean" },
  actor: { type: "string" },
  target: { type: "string" },
  room: { type: "string" },
  code: { type: "string" },
  outcome: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  limit: { type: "string" },
  all: { type: "boolean" },
  json: { type: "boolean" },
  out: { type: "string" },
  key: { type: "string" },
  proof: { type: "string" },
  entry: { type: "string" },
} as const;

type OptionName = keyof typeof options;
type NameOf<Type> = { [Name in OptionName]: (typeof options)[Name]["type"] extends Type ? Name : never }[OptionName];
export type TextOption = NameOf<"string">;
type Flag = NameOf<"boolean">;

const everywhere: ReadonlySet<OptionName> = new Set(["config", "data", "key-file", "listen", "server-name", "profile", "lang", "help"]);
/** What a command takes beside these. Those that are not named here take the two of `user`. */
const ofAudit: ReadonlyMap<string, readonly OptionName[]> = new Map<string, readonly OptionName[]>([
  ["search", ["actor", "target", "room", "code", "outcome", "from", "to", "limit", "all", "json"]],
  ["show", ["json"]],
  ["state", ["json"]],
  ["prove", ["out"]],
  ["export", ["out"]],
  ["verify", ["key", "proof", "entry", "json"]],
]);

export interface Arguments {
  readonly words: readonly string[];
  text(option: TextOption): string | undefined;
  has(flag: Flag): boolean;
  /** Reads file, environment and flags. @throws ConfigError */
  config(): Config;
}

/** A call as it was written: the language to answer in, and its arguments or why they cannot be read. */
export interface Call {
  readonly messages: Messages;
  /** @throws UsageError */
  read(): Arguments;
}

export function readCall(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Call {
  // Not strict: Node's own refusals are in English, and the language is wanted before anything is refused.
  const parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true });
  const written = parsed.tokens.flatMap((token) => (token.kind === "option" ? [token] : []));
  const lang = written.findLast(({ name }) => name === "lang")?.value;
  const messages = (lang === undefined ? undefined : findMessages(lang)) ?? messagesOf(environment);
  return {
    messages,
    read() {
      const given = new Map<OptionName, string | undefined>();
      for (const token of written) given.set(checkOption(token, messages), token.value);
      checkBelongs([...given.keys()], parsed.positionals, messages);
      if (lang !== undefined && findMessages(lang) === undefined) throw new UsageError(messages.arguments.unknownLanguage(lang));
      return argumentsOf(parsed.positionals, given, environment);
    },
  };
}

interface WrittenOption {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}

/** @throws UsageError */
function checkOption({ name, rawName, value, inlineValue }: WrittenOption, { arguments: t }: Messages): OptionName {
  if (!isOption(name)) throw new UsageError(t.unknownOption(rawName));
  if (options[name].type === "boolean") {
    if (value !== undefined) throw new UsageError(t.noValueWanted(rawName));
    return name;
  }
  // `--data --json` is a forgotten value, not a folder of that name; who means it writes `--data=--json`.
  if (value === undefined || (inlineValue === false && value.length > 1 && value.startsWith("-")))
    throw new UsageError(t.valueMissing(rawName));
  return name;
}

/** @throws UsageError */
function checkBelongs(given: readonly OptionName[], [command, verb = ""]: readonly string[], { arguments: t }: Messages): void {
  const own: readonly OptionName[] = command === "audit" ? (ofAudit.get(verb) ?? []) : ["admin", "password-stdin"];
  const stray = given.find((name) => !everywhere.has(name) && !own.includes(name));
  if (stray === undefined) return;
  throw new UsageError(command === undefined ? t.unknownOption(`--${stray}`) : t.strayOption(`--${stray}`, `${command} ${verb}`.trim()));
}

function argumentsOf(
  words: readonly string[],
  given: ReadonlyMap<OptionName, string | undefined>,
  environment: Readonly<Record<string, string | undefined>>,
): Arguments {
  const text = (option: TextOption) => given.get(option);
  const flags: Partial<Record<OptionKey, string>> = {};
  const take = (key: OptionKey, value: string | undefined) => {
    if (value !== undefined) flags[key] = value;
  };
  take("data_dir", text("data"));
  take("key_file", text("key-file"));
  take("listen", text("listen"));
  take("server_name", text("server-name"));
  take("profile", text("profile"));
  const file = text("config");
  return {
    words,
    text,
    has: (flag) => given.has(flag),
    config: () => readConfig({ environment, flags, ...(file === undefined ? {} : { file }) }),
  };
}
