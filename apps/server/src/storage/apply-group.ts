import type Database from "better-sqlite3-multiple-ciphers";
import { faultOf } from "./faults.ts";
import type { UnpackedBatch, UnpackedWrite } from "./pack-batches.ts";
import { prepareFeedUpdate, readLastPosition } from "./schema-store.ts";

/** How a batch fared: its first position, or why it was not written. */
export type Outcome = number | Refusal;

interface Refusal {
  /** `conflict`: this batch alone, decide again. `refused`: this batch alone, the program is wrong. `failed`: the whole group. */
  readonly kind: "conflict" | "refused" | "failed";
  readonly reason: string;
}

export interface GroupResult {
  readonly outcomes: readonly Outcome[];
  /** Last position of the feed after this group. */
  readonly last: number;
  /** True if the disk can no longer be trusted: nothing may be written until a restart has read it anew. */
  readonly broken: boolean;
}

export interface GroupWriter {
  /** Writes the batches in one transaction. Never throws. */
  apply(batches: readonly UnpackedBatch[]): GroupResult;
}

class ExpectationFailed extends Error {
  override readonly name = "ExpectationFailed";
}

type Verdict = Refusal & { readonly broken: boolean };

function judge(error: unknown): Verdict {
  const reason = error instanceof Error ? error.message : String(error);
  const fault = error instanceof ExpectationFailed ? "constraint" : faultOf(error);
  if (fault === "constraint") return { kind: "conflict", reason, broken: false };
  if (fault === "own") return { kind: "refused", reason, broken: false };
  return { kind: "failed", reason, broken: fault === "lasting" };
}

/** Raised to leave the loop of a group when the whole group is lost. */
class GroupLost extends Error {
  override readonly name = "GroupLost";
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    super(verdict.reason);
    this.verdict = verdict;
  }
}

/** @param sqlOf the text of a statement by its id */
export function createGroupWriter(db: Database, sqlOf: (statement: number) => string): GroupWriter {
  const prepare = createPreparedCache(db, sqlOf);
  const updateFeed = prepareFeedUpdate(db);
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const savepoint = db.prepare("SAVEPOINT batch");
  const release = db.prepare("RELEASE batch");
  const undo = db.prepare("ROLLBACK TO batch");
  let last = readLastPosition(db);

  const write = ({ statement, expect, params, positionAt }: UnpackedWrite, first: number): void => {
    for (const index of positionAt) params[index] = first + Number(params[index]);
    const { changes } = prepare(statement).run(...params);
    if (expect >= 0 && changes !== expect) throw new ExpectationFailed(`expected ${expect} rows, affected ${changes}`);
  };
  const applyBatch = ({ positions, writes }: UnpackedBatch, from: number): Outcome => {
    const first = positions > 0 ? from + 1 : 0;
    savepoint.run();
    try {
      for (const each of writes) write(each, first);
      release.run();
      return first;
    } catch (error) {
      const verdict = judge(error);
      // SQLite ends the transaction by itself on some faults: then nothing of the group is left to go on with.
      if (verdict.kind === "failed" || !db.inTransaction) throw new GroupLost({ ...verdict, kind: "failed" });
      undo.run();
      release.run();
      return { kind: verdict.kind, reason: verdict.reason };
    }
  };
  const applyAll = (batches: readonly UnpackedBatch[]): GroupResult => {
    begin.run();
    let next = last;
    const outcomes = batches.map((batch) => {
      const outcome = applyBatch(batch, next);
      if (typeof outcome === "number") next += batch.positions;
      return outcome;
    });
    if (next !== last) updateFeed(next);
    commit.run();
    last = next;
    return { outcomes, last, broken: false };
  };
  return {
    apply(batches) {
      try {
        return applyAll(batches);
      } catch (error) {
        const { reason, broken } = error instanceof GroupLost ? error.verdict : judge(error);
        const intact = restore(db);
        return { outcomes: batches.map(() => ({ kind: "failed", reason })), last, broken: broken || !intact };
      }
    },
  };
}

function createPreparedCache(db: Database, sqlOf: (statement: number) => string): (id: number) => Database.Statement {
  const prepared = new Map<number, Database.Statement>();
  return (id) => {
    const known = prepared.get(id);
    if (known !== undefined) return known;
    const statement = db.prepare(sqlOf(id));
    prepared.set(id, statement);
    return statement;
  };
}

function restore(db: Database): boolean {
  try {
    if (db.inTransaction) db.exec("ROLLBACK");
    return true;
  } catch {
    return false;
  }
}
