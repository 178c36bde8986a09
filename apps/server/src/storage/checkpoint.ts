import type Database from "better-sqlite3-multiple-ciphers";
import type { Timers } from "#kernel";
import { faultOf } from "./faults.ts";

/** Moves the write-ahead log into the file when nobody waits, or when it has grown too long. */
export interface Checkpoints {
  /** @param erases the group took words away: neither the log nor the file may hold them for long. */
  afterCommit(erases: boolean): void;
  /** Moves all of it. For closing. */
  finish(): void;
}

const IDLE_MS = 250;
// Counted in pages of 4 KiB.
const WORTH_IT = 1024;
const TOO_LONG = 16_384;
const PATIENCE_MS = 50;
/** Erased words are overwritten no later than this, however busy the store is; a long reader may hold it up for one more of these. */
const ERASED_WITHIN_MS = 5_000;

// An automatic checkpoint in the middle of a load gave commits a p99 of 9 to 18 ms, one outside of it 1 to 2 ms.
export function createCheckpoints(db: Database, timers: Timers): Checkpoints {
  db.pragma("wal_autocheckpoint = 0");
  db.pragma(`journal_size_limit = ${TOO_LONG * 4096}`);
  // Asked after every group: compiled once.
  const askLog = db.prepare("PRAGMA wal_checkpoint(NOOP)");
  let idle: { cancel(): void } | undefined;
  /** Set while the log, or the file under it, still holds words that were taken away. */
  let erasing: { cancel(): void } | undefined;
  let limit = TOO_LONG;
  const checkpoint = (mode: "RESTART" | "TRUNCATE", patience: number): LogState => {
    db.pragma(`busy_timeout = ${patience}`);
    try {
      return readState(db, mode);
    } catch (error) {
      // With the disk full the log still holds everything. After a failed flush nothing may be tried again: the
      // system may have dropped the pages and would report the next flush as a success.
      if (faultOf(error) !== "passing") throw error;
      return { ...logState(askLog.get()), busy: 1 };
    }
  };
  const move = () => {
    // RESTART leaves the old frames in the log until new ones come over them: enough for all but erased words.
    const { busy, log } = checkpoint(erasing === undefined ? "RESTART" : "TRUNCATE", PATIENCE_MS);
    // A long reader holds the log: it is let be, and the log may grow by a quarter before the next attempt.
    limit = busy === 0 ? TOO_LONG : log + TOO_LONG / 4;
    if (erasing === undefined) return;
    erasing.cancel();
    erasing = busy === 0 ? undefined : timers.after(ERASED_WITHIN_MS, move);
  };
  return {
    afterCommit(erases) {
      idle?.cancel();
      const { log, checkpointed } = logState(askLog.get());
      const pages = log === checkpointed ? 0 : log;
      if (erases) erasing ??= timers.after(ERASED_WITHIN_MS, move);
      if (pages >= limit) move();
      else if (pages >= WORTH_IT || erasing !== undefined) idle = timers.after(IDLE_MS, move);
    },
    finish() {
      idle?.cancel();
      erasing?.cancel();
      checkpoint("TRUNCATE", 1000);
    },
  };
}

/** Pages in the log, and how many of them are in the file already; all of them: the next commit begins the log anew. */
interface LogState {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

function readState(db: Database, mode: "RESTART" | "TRUNCATE"): LogState {
  const [row] = db.pragma(`wal_checkpoint(${mode})`) as readonly unknown[]; // a pragma gives its rows
  return logState(row);
}

function logState(row: unknown): LogState {
  return (row as LogState | undefined) ?? { busy: 0, log: 0, checkpointed: 0 }; // SQLite's documented row
}
