import { sql } from "kysely";
import type { Statements, Write } from "#storage";

/** A committed entry. `n` counts over all logs, from 0 and without gaps. */
interface EntryRow {
  readonly n: number;
  readonly entry: Uint8Array;
}

export interface LogRow {
  readonly log: number;
  readonly origin: string;
  readonly vkey: string;
  readonly first_entry: number;
  readonly entry_count: number;
  readonly note: string;
}

interface TileRow {
  readonly log: number;
  readonly level: number;
  readonly tile: number;
  readonly hashes: Uint8Array;
}

interface Tables {
  audit_entries: EntryRow;
  audit_logs: LogRow;
  audit_tiles: TileRow;
}

type TileName = Omit<TileRow, "hashes">;

/** Entries, tiles and heads of the logs. */
export interface LogStore {
  /** The next entry; its number is drawn by the commit. */
  append(entry: Uint8Array): Write;
  insertLog(row: LogRow): Write;
  /** The tree of a log has grown from `from` to `to`. */
  growLog(change: { readonly log: number; readonly from: number; readonly to: number; readonly note: string }): Write;
  insertTile(row: TileRow): Write;
  listLogs(): Promise<readonly LogRow[]>;
  /** In the order of their numbers. Read by the reader thread. */
  listEntries(from: number, limit: number): Promise<readonly EntryRow[]>;
  findEntry(n: number): Promise<Uint8Array | undefined>;
  findTile(name: TileName): Promise<Uint8Array | undefined>;
  /** −1 if there is none. */
  lastEntry(): Promise<number>;
}

export function createLogStore(statements: Statements): LogStore {
  return { ...writesOf(statements), ...readsOf(statements) };
}

function writesOf(statements: Statements): Pick<LogStore, "append" | "insertLog" | "growLog" | "insertTile"> {
  // The commits are one after the other, so the greatest number in sight is the last one.
  const append = statements.write<Tables, { entry: Uint8Array }>((db, p) =>
    db
      .insertInto("audit_entries")
      .columns(["n", "entry"])
      .expression(() => sql`SELECT COALESCE((SELECT MAX(n) FROM audit_entries), -1) + 1, ${p.entry}`),
  );
  const insertLog = statements.write<Tables, LogRow>((db, p) =>
    db
      .insertInto("audit_logs")
      .values({ log: p.log, origin: p.origin, vkey: p.vkey, first_entry: p.first_entry, entry_count: p.entry_count, note: p.note }),
  );
  const growLog = statements.write<Tables, { log: number; from: number; to: number; note: string }>((db, p) =>
    db.updateTable("audit_logs").set({ entry_count: p.to, note: p.note }).where("log", "=", p.log).where("entry_count", "=", p.from),
  );
  const insertTile = statements.write<Tables, TileRow>((db, p) =>
    db.insertInto("audit_tiles").values({ log: p.log, level: p.level, tile: p.tile, hashes: p.hashes }),
  );
  return {
    append: (entry) => append({ entry }, 1),
    insertLog: (row) => insertLog({ ...row }, 1),
    growLog: (change) => growLog({ ...change }, 1),
    insertTile: (row) => insertTile({ ...row }, 1),
  };
}

function readsOf(statements: Statements): Pick<LogStore, "listLogs" | "listEntries" | "findEntry" | "findTile" | "lastEntry"> {
  const logs = statements.read<Tables, Record<string, never>, LogRow>((db) => db.selectFrom("audit_logs").selectAll().orderBy("log"));
  const entries = statements.read<Tables, { from: number; limit: number }, EntryRow>(
    (db, p) => db.selectFrom("audit_entries").selectAll().where("n", ">=", p.from).orderBy("n").limit(p.limit),
    { long: true },
  );
  const entry = statements.read<Tables, { n: number }, Pick<EntryRow, "entry">>((db, p) =>
    db.selectFrom("audit_entries").select("entry").where("n", "=", p.n),
  );
  const tile = statements.read<Tables, TileName, Pick<TileRow, "hashes">>((db, p) =>
    db.selectFrom("audit_tiles").select("hashes").where("log", "=", p.log).where("level", "=", p.level).where("tile", "=", p.tile),
  );
  const last = statements.read<Tables, Record<string, never>, Pick<EntryRow, "n">>((db) =>
    db.selectFrom("audit_entries").select("n").orderBy("n", "desc").limit(1),
  );
  return {
    listLogs: () => logs.all({}),
    listEntries: (from, limit) => entries.all({ from, limit }),
    findEntry: async (n) => (await entry.get({ n }))?.entry,
    findTile: async ({ log, level, tile: index }) => (await tile.get({ log, level, tile: index }))?.hashes,
    lastEntry: async () => (await last.get({}))?.n ?? -1,
  };
}
