import type { Compilable, Kysely } from "kysely";

/** Values that every engine stores alike. Integers stay within ±(2^53−1). */
export type SqlValue = null | number | string | Uint8Array;

/** A place in the feed that the writer fills at commit: the batch's first position plus `position`. */
export interface PositionOffset {
  readonly position: number;
}

export type Param = SqlValue | PositionOffset;

/** One statement of a batch, cloneable. `expect` is the exact number of rows it must affect. */
export interface Write {
  readonly statement: number;
  readonly params: readonly Param[];
  readonly expect?: number;
}

/** What is committed whole or not at all. `positions` is how many feed positions it draws (0 if absent). */
export interface Batch {
  readonly writes: readonly Write[];
  readonly positions?: number;
  /** The batch takes words away: the pages that held them, in the file and in its log, are overwritten soon after the commit. */
  readonly erases?: boolean;
}

/** The positions that the writer gave the batch: `first … first + positions − 1`. `first` is 0 when it drew none. */
export interface Committed {
  readonly first: number;
}

/** A compiled write. Calling it makes a statement of a batch. */
type WriteStatement<P> = (params: { readonly [K in keyof P]: Param }, expect?: number) => Write;

/** A compiled read. Sees committed rows only; `long` ones run in a reader worker. */
export interface ReadStatement<P, R> {
  all(params: P): Promise<R[]>;
  get(params: P): Promise<R | undefined>;
}

/** Makes named statements once, at start. `p.name` stands for the parameter `name` inside the builder. */
export interface Statements {
  write<Tables, P>(build: (db: Kysely<Tables>, p: P) => Compilable): WriteStatement<P>;
  read<Tables, P, R>(build: (db: Kysely<Tables>, p: P) => Compilable<R>, options?: { readonly long?: boolean }): ReadStatement<P, R>;
}

/** One forward step of the schema, in SQL that SQLite and PostgreSQL both take. Ids sort in order of application. */
export interface Migration {
  readonly id: string;
  readonly sql: readonly string[];
}

export interface Storage {
  /** Random name of this store; another one means a restored or new store, and old sync tokens start afresh. */
  readonly generation: string;
  readonly statements: Statements;
  /**
   * Says before anything is decided for good whether the writer takes another batch; the next `commit` in the same turn is then
   * not refused for want of room.
   * @throws MatrixError M_LIMIT_EXCEEDED when the queue is full, StoreFailed when nothing is written any more.
   */
  admit(): void;
  /**
   * Queues a batch for the writer; batches commit in the order of these calls. `onDurable` runs on commit,
   * synchronously, in commit order, before any promise of the group resolves and before
   * `durablePosition` shows the new rows: the place to advance in-memory state.
   * @throws Conflict when an expectation failed: nothing of this batch was written.
   * @throws MatrixError M_LIMIT_EXCEEDED when the queue is full, before anything was queued.
   */
  commit(batch: Batch, onDurable?: (committed: Committed) => void): Promise<Committed>;
  /** Greatest position whose row is known committed. */
  durablePosition(): number;
  /** Called after each committed group, with the new durable position. */
  onCommitted(listener: (position: number) => void): void;
  close(): Promise<void>;
}

/** An expectation of a batch was not met; reload and decide again, at most three times. */
export class Conflict extends Error {
  override readonly name = "Conflict";
}

/** The position `offset` places after the batch's first. */
export function position(offset = 0): PositionOffset {
  return { position: offset };
}

/**
 * Column type of a feed position that is a table's key, for migrations. On SQLite this makes it the row's own number: the
 * table needs no second index for it. An engine with 64-bit keys under another name replaces this word.
 */
export const positionKey = "INTEGER PRIMARY KEY NOT NULL";
