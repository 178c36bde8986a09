import Database from "better-sqlite3-multiple-ciphers";

/**
 * `constraint`: the rows do not allow it. `own`: the statement or its values are wrong. `passing`: the disk is
 * intact and has said no (full, busy). `lasting`: what is on the disk can no longer be known without reading it anew.
 */
export type Fault = "constraint" | "own" | "passing" | "lasting";

const OWN = /^SQLITE_(?:ERROR|MISMATCH|TOOBIG|RANGE|MISUSE|AUTH)/;
const PASSING = /^SQLITE_(?:FULL|NOMEM|BUSY|LOCKED|INTERRUPT)/;

export function faultOf(error: unknown): Fault {
  if (!(error instanceof Database.SqliteError)) return "own";
  if (error.code.startsWith("SQLITE_CONSTRAINT")) return "constraint";
  if (OWN.test(error.code)) return "own";
  return PASSING.test(error.code) ? "passing" : "lasting";
}
