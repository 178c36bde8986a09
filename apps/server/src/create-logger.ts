import { pino, stdTimeFunctions } from "pino";
import type { Logger } from "#kernel";

/**
 * What a terminal obeys or a reader does not see: DEL and the C1 controls, marks of direction, line and paragraph separators,
 * characters without width. JSON escapes none of them, and ids of clients' making stand in log lines.
 */
const UNSEEN = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** In a line of JSON such characters stand in strings only, so that what is escaped is the same JSON. */
const escapeUnseen = (line: string): string =>
  line.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/**
 * One JSON object a line, in UTC, to standard error; what is meant for people goes to standard output.
 * @param lowest what is written at all @param write where lines go instead
 */
export function createLogger(lowest: "info" | "warn" = "info", write?: (line: string) => void): Logger {
  const standardError = write === undefined ? pino.destination({ dest: 2, sync: true }) : { write };
  return pino(
    { base: null, level: lowest, timestamp: stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    { write: (line: string) => void standardError.write(escapeUnseen(line)) },
  );
}
