import type Database from "better-sqlite3-multiple-ciphers";
import type { Migration } from "./contract.ts";
import { StoreTooNew } from "./errors.ts";
import { inTransaction } from "./in-transaction.ts";

/** The store's own tables: applied migrations, the name of this store, the last position of the feed. */
const OWN: Migration = {
  id: "0000-store",
  sql: [
    "CREATE TABLE store_generation (id INTEGER PRIMARY KEY CHECK (id = 1), generation TEXT NOT NULL)",
    "CREATE TABLE store_feed (id INTEGER PRIMARY KEY CHECK (id = 1), last_position BIGINT NOT NULL)",
    "INSERT INTO store_feed (id, last_position) VALUES (1, 0)",
  ],
};
const LEDGER = "CREATE TABLE IF NOT EXISTS store_migration (id TEXT PRIMARY KEY, place INTEGER NOT NULL UNIQUE)";

/**
 * Brings the file to this program's schema, each missing migration whole or not at all, in order of id.
 * @returns the ids that were applied now
 * @throws StoreTooNew if the file knows a migration that this program does not: going on could write rows that
 * the newer schema forbids.
 */
export function migrateSchema(db: Database, path: string, migrations: readonly Migration[]): readonly string[] {
  const steps = [OWN, ...migrations].sort((one, other) => (one.id < other.id ? -1 : 1));
  const known = new Set(steps.map(({ id }) => id));
  if (known.size !== steps.length) throw new TypeError("two migrations have the same id");
  db.exec(LEDGER);
  const applied = new Set(db.prepare("SELECT id FROM store_migration").pluck().all());
  const unknown = [...applied].filter((id) => typeof id !== "string" || !known.has(id));
  if (unknown.length > 0) {
    throw new StoreTooNew(
      `${path} was last used by a newer Wardroom: this one does not know ${unknown.join(", ")}. Update Wardroom, or restore a backup made before the update.`,
    );
  }
  const missing = steps.filter(({ id }) => !applied.has(id));
  let place = applied.size;
  for (const step of missing) inTransaction(db, () => apply(db, step, (place += 1)));
  return missing.map(({ id }) => id);
}

function apply(db: Database, { id, sql }: Migration, place: number): void {
  for (const statement of sql) db.exec(statement);
  db.prepare("INSERT INTO store_migration (id, place) VALUES (?, ?)").run(id, place);
}

/** The random name of this store; `fresh` becomes it if it has none. */
export function readGeneration(db: Database, fresh: string): string {
  db.prepare("INSERT INTO store_generation (id, generation) VALUES (1, ?) ON CONFLICT DO NOTHING").run(fresh);
  return String(db.prepare("SELECT generation FROM store_generation").pluck().get());
}

export function readLastPosition(db: Database): number {
  return Number(db.prepare("SELECT last_position FROM store_feed").pluck().get());
}

/** Prepared once per writer: run inside each transaction that draws positions. */
export function prepareFeedUpdate(db: Database): (last: number) => void {
  const update = db.prepare("UPDATE store_feed SET last_position = ? WHERE id = 1");
  return (last) => void update.run(last);
}
