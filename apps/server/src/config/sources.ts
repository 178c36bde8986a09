import { readFileSync } from "node:fs";
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from "yaml";
import { ConfigError } from "./config-error.ts";
import { type Option, type OptionKey, options } from "./options.ts";

/** A value as found, with the words that tell an operator where it stands. */
export interface Found {
  readonly value: string | readonly string[];
  readonly where: string;
}

export type FoundOptions = ReadonlyMap<OptionKey, Found>;

const byKey = new Map<string, Option>(options.map((option) => [option.key, option]));
const sections = new Set(options.flatMap(({ key }) => (key.includes(".") ? [key.slice(0, key.indexOf("."))] : [])));

/**
 * Reads the YAML file. Duplicate and unknown keys are refused with their line.
 * @throws ConfigError
 */
export function readConfigFile(path: string): FoundOptions {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new ConfigError(`${path}: cannot be read. Give an existing file to --config.`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new ConfigError(`${path}:${lines.linePos(problem.pos[0]).line}: ${problem.message.split("\n", 1)[0]}`);
  }
  const found = new Map<OptionKey, Found>();
  if (document.contents === null) return found;
  if (!isMap(document.contents)) throw new ConfigError(`${path}:1: expected "key: value" lines.`);
  readMap(document.contents, "", (offset) => `${path}:${lines.linePos(offset).line}`, found);
  return found;
}

function readMap(map: YAMLMap, prefix: string, place: (offset: number) => string, found: Map<OptionKey, Found>): void {
  for (const { key, value } of map.items) {
    if (!isScalar(key)) throw new ConfigError(`${place(map.range?.[0] ?? 0)}: keys are plain words.`);
    const name = `${prefix}${String(key.value)}`;
    const where = place(key.range?.[0] ?? 0);
    if (sections.has(name) && isMap(value)) {
      readMap(value, `${name}.`, place, found);
      continue;
    }
    const option = byKey.get(name);
    if (option === undefined) {
      throw new ConfigError(`${where}: unknown key "${name}". Known keys: ${[...byKey.keys()].join(", ")}.`);
    }
    const plain = isSeq(value) ? value.items.map((item) => (isScalar(item) ? String(item.value) : "")) : undefined;
    const scalar = isScalar(value) ? plainText(value.value) : undefined;
    const content = option.kind === "list" ? plain : scalar;
    if (content === undefined) {
      throw new ConfigError(`${where}: "${name}" wants ${option.kind === "list" ? "a list" : "one value"}.`);
    }
    found.set(option.key as OptionKey, { value: content, where: `${where} (${name})` }); // byKey holds declared keys only
  }
}

function plainText(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** Values given in the environment; unknown WARDROOM_ variables are refused, for a typo must not pass in silence. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): FoundOptions {
  const found = new Map<OptionKey, Found>();
  const known = new Map<string, (typeof options)[number]>(options.map((option) => [option.env, option]));
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("WARDROOM_") || value === undefined) continue;
    const option = known.get(name);
    if (option === undefined) throw new ConfigError(`${name}: unknown variable. Unset it.`);
    const content =
      option.kind === "list"
        ? value
            .split(",")
            .map((item) => item.trim())
            .filter(Boolean)
        : value;
    found.set(option.key, { value: content, where: name });
  }
  return found;
}
