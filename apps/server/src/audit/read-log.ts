import { formatProof, proveInclusion } from "@wardroom/merkle-log";
import { type Clock, MatrixError } from "#kernel";
import type { Keys } from "#keys";
import type { Storage } from "#storage";
import type { AuditLog, EntryPlace, LogState, OpenedEntry } from "./contract.ts";
import { MalformedEntry } from "./entry.ts";
import type { OpenLog } from "./grow-log.ts";
import { readLogFile } from "./log-files.ts";
import type { LogRow, LogStore } from "./log-store.ts";
import { openEntry } from "./open-entry.ts";
import type { PlaceStore } from "./place-store.ts";
import { createReadRecord } from "./record-read.ts";
import { createReadTile } from "./read-tile.ts";
import type { Recorder } from "./create-recorder.ts";
import { searchPlaces } from "./search-entries.ts";
import type { SecondPlace } from "./second-place.ts";

export interface ReadLogDeps {
  readonly storage: Storage;
  readonly store: LogStore;
  readonly places: PlaceStore;
  readonly keys: Pick<Keys, "audit">;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly secondPlace: SecondPlace;
  readonly current: () => OpenLog;
  readonly stopped: () => string | undefined;
  readonly load: (row: LogRow) => Promise<OpenLog>;
}

type Reads = Pick<AuditLog, "search" | "show" | "prove" | "state" | "readFile">;

const noEntry = () => new MatrixError("M_NOT_FOUND", "There is no such entry.");

/** The log as people read it. Each read is an entry, committed before anything is told. */
export function createReads(deps: ReadLogDeps): Reads {
  const { store, places, keys, current } = deps;
  const { record, recordExport } = createReadRecord(deps);
  const find = createFindLog(deps);
  const open = async (n: number): Promise<OpenedEntry> => {
    const log = await find.holding(n);
    const entry = await store.findEntry(n);
    if (log === undefined || entry === undefined) throw noEntry();
    const place = { log: log.log, index: n - log.first };
    return openEntry(keys, entry, { ...place, unsigned: place.index >= log.signed });
  };
  return {
    async search(reader, query) {
      const found = await searchPlaces(places, keys, query);
      await record(reader, "audit.searched", query.target ?? query.actor ?? query.room);
      const entries = await Promise.all(found.places.map(({ n }) => open(n)));
      return { entries, ...(found.next === undefined ? {} : { next: found.next }) };
    },
    async show(reader, place) {
      const log = await find.numbered(place.log);
      const entry = await openAt(log, place, open);
      await record(reader, "audit.entry.read", nameOf(place));
      return entry;
    },
    async prove(reader, place) {
      const log = await find.numbered(place.log);
      const entry = log === undefined || place.index >= log.signed ? undefined : await store.findEntry(log.first + place.index);
      if (log === undefined || entry === undefined) throw new MatrixError("M_NOT_FOUND", "There is no such signed entry.");
      const { note, signed: size } = log;
      const hashes = await proveInclusion({ index: place.index, size, readTile: createReadTile(log, log.tree) });
      await record(reader, "audit.proved", nameOf(place));
      return { proof: formatProof({ index: place.index, hashes, checkpoint: note }), entry };
    },
    async state(reader) {
      await record(reader, "audit.state.read");
      // Before the logs: it is never behind them, so an export of a running server does not look cut.
      const secondPlace = await deps.secondPlace.read();
      const logs = (await store.listLogs()).map((row) => stateOf(row, deps));
      const { first, signed } = current();
      const stopped = deps.stopped();
      return {
        logs,
        ...(secondPlace === undefined ? {} : { secondPlace }),
        unsigned: (await store.lastEntry()) + 1 - first - signed,
        ...(stopped === undefined ? {} : { stopped }),
      };
    },
    async readFile(reader, number, path) {
      const log = await find.numbered(number);
      if (log === undefined) throw new MatrixError("M_NOT_FOUND", "There is no such log.");
      const file = await readLogFile(log, path);
      await recordExport(reader);
      return file;
    },
  };
}

const nameOf = ({ log, index }: EntryPlace): string => `${log}/${index}`;

async function openAt(log: OpenLog | undefined, { index }: EntryPlace, open: (n: number) => Promise<OpenedEntry>): Promise<OpenedEntry> {
  if (log === undefined) throw noEntry();
  try {
    return await open(log.first + index);
  } catch (error) {
    throw error instanceof MalformedEntry ? new MatrixError("M_NOT_FOUND", `This is no entry of the log: ${error.message}.`) : error;
  }
}

function stateOf(row: LogRow, { current }: ReadLogDeps): LogState {
  const size = row.log === current().log ? current().signed : row.entry_count;
  return { log: row.log, origin: row.origin, vkey: row.vkey, size, checkpoint: row.note };
}

interface FindLog {
  numbered(number: number): Promise<OpenLog | undefined>;
  /** The log that holds the entry of this number. */
  holding(n: number): Promise<OpenLog | undefined>;
}

/** Logs that came before stand as they are; the tree of one is loaded when it is first asked for. */
function createFindLog({ store, current, load }: ReadLogDeps): FindLog {
  const earlier = new Map<number, Promise<OpenLog>>();
  const rows = async () => (await store.listLogs()).toSorted((one, other) => other.log - one.log);
  const opened = (row: LogRow): Promise<OpenLog> | OpenLog => {
    if (row.log === current().log) return current();
    const found = earlier.get(row.log) ?? load(row);
    earlier.set(row.log, found);
    return found;
  };
  const first = async (fits: (row: LogRow) => boolean) => {
    const row = (await rows()).find(fits);
    return row === undefined ? undefined : opened(row);
  };
  return {
    numbered: (number) => first(({ log }) => log === number),
    holding: (n) => first(({ first_entry: start }) => start <= n),
  };
}
