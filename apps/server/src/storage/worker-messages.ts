import type { KeyObject } from "node:crypto";
import type { SqlValue } from "./contract.ts";
import type { Cipher } from "./open-database.ts";
import type { PackedBatches } from "./pack-batches.ts";

/** What a worker is started with. The key travels as a handle, not as bytes that stay behind in a message. */
export interface WorkerStart {
  readonly path: string;
  readonly key: KeyObject;
  readonly cipher: Cipher;
}

/** Batches in one transaction: more would make the first of a burst wait for the last of it. */
export const GROUP_LIMIT = 256;

/** Statements that are new since the last message, by id. */
type NewSql = readonly (readonly [number, string])[];

/** To the writer. Replies come in order: one `GroupResult` per transaction, over the batches of one or more requests. */
export type WriterRequest = { readonly sql: NewSql; readonly batches: PackedBatches } | "close";

/** To the reader. Replies come in order. */
export type ReaderRequest = { readonly sql: NewSql; readonly statement: number; readonly params: readonly SqlValue[] } | "close";

export type ReaderReply = { readonly rows: readonly unknown[] } | { readonly error: string };
