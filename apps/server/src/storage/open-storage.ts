import { createSecretKey } from "node:crypto";
import type Database from "better-sqlite3-multiple-ciphers";
import type { Compilable, Kysely } from "kysely";
import { type Logger, type Random, randomToken } from "#kernel";
import { createCommitQueue, type QueueLimits } from "./commit-queue.ts";
import { bindRead, compileStatement, makeWrite } from "./compile-statements.ts";
import type { Migration, ReadStatement, Statements, Storage } from "./contract.ts";
import { createLongReads, type LongReads } from "./long-reads.ts";
import type { Cipher } from "./open-database.ts";
import { openStoreFile } from "./open-store-file.ts";
import { migrateSchema, readGeneration, readLastPosition } from "./schema-store.ts";
import type { WorkerStart } from "./worker-messages.ts";

export interface StorageOptions {
  readonly path: string;
  /** Raw 32-byte key of the pages. */
  readonly pageKey: Uint8Array;
  readonly cipher: Cipher;
  readonly migrations: readonly Migration[];
  readonly random: Random;
  readonly log: Logger;
  readonly limits?: QueueLimits;
  /** The house has a store already: a missing or emptied file is refused, not made anew. */
  readonly mustExist?: boolean;
}

const LIMITS: QueueLimits = { batches: 10_000, bytes: 64 * 1024 * 1024 };
const GENERATION_BYTES = 9;

/**
 * Opens or creates the embedded store and brings it to this program's schema.
 * @throws StoreUnreadable for a wrong key or cipher, a damaged file or one that `mustExist` and does not, StoreTooNew for a newer schema.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { path, pageKey, cipher, log } = options;
  const start: WorkerStart = { path, key: createSecretKey(pageKey), cipher };
  const found = prepareFile(start, options);
  const reader = openStoreFile(start, { readonly: true });
  const queue = createCommitQueue({ start, log, durablePosition: found.last, limits: options.limits ?? LIMITS });
  const longReads = createLongReads(start, log);
  let closing: Promise<void> | undefined;
  const close = async () => {
    // Refuses commits at once, not only when the last long read is over.
    const drained = queue.drain();
    await longReads.close();
    await drained;
    // After the last `onDurable`, which may read; before the writer, which as the last to close removes the log.
    reader.close();
    await queue.close();
  };
  return {
    generation: found.generation,
    statements: createStatements(reader, longReads, queue.addStatement),
    admit: queue.admit,
    commit: queue.commit,
    durablePosition: queue.durablePosition,
    onCommitted: queue.onCommitted,
    close: () => (closing ??= close()),
  };
}

function prepareFile(
  start: WorkerStart,
  { path, migrations, random, log, mustExist = false }: StorageOptions,
): { generation: string; last: number } {
  const db = openStoreFile(start, { readonly: false, mustExist });
  try {
    const applied = migrateSchema(db, path, migrations);
    if (applied.length > 0) log.info({ applied }, "schema brought up to date");
    return { generation: readGeneration(db, randomToken(random, GENERATION_BYTES)), last: readLastPosition(db) };
  } finally {
    db.close();
  }
}

function createStatements(reader: Database, longReads: LongReads, toWriter: (id: number, sql: string) => void): Statements {
  let lastId = 0;
  return {
    write(build) {
      const statement = compileStatement((lastId += 1), build);
      if (reader.prepare(statement.sql).reader) throw new TypeError(`a write that returns rows: ${statement.sql}`);
      toWriter(statement.id, statement.sql);
      return (params, expect) => makeWrite(statement, params, expect);
    },
    read<Tables, P, R>(build: (db: Kysely<Tables>, p: P) => Compilable<R>, options: { readonly long?: boolean } = {}): ReadStatement<P, R> {
      const statement = compileStatement<Tables>((lastId += 1), build);
      const prepared = reader.prepare(statement.sql);
      if (!prepared.reader) throw new TypeError(`a read that returns no rows: ${statement.sql}`);
      const isLong = options.long === true;
      if (isLong) longReads.addStatement(statement.id, statement.sql);
      // The builder's type says which columns the statement selects; SQLite returns exactly these.
      return {
        async all(params) {
          const values = bindRead(statement, params);
          return (isLong ? await longReads.read(statement.id, values) : prepared.all(...values)) as R[];
        },
        async get(params) {
          const values = bindRead(statement, params);
          return (isLong ? (await longReads.read(statement.id, values))[0] : prepared.get(...values)) as R | undefined;
        },
      };
    },
  };
}
