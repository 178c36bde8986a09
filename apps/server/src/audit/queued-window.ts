import type { AuditRecord } from "#kernel";

/** A record, and how often it happened. */
export interface CountedRecord extends AuditRecord {
  readonly count: number;
}

/** What the window wants written: the first of its kind at once, or counts of later ones. */
export interface QueuedWindow {
  /** Undefined for a repetition, which is counted only. */
  note(record: AuditRecord): CountedRecord | undefined;
  /** Counts of a minute that is over; empty while it runs. */
  takeEnded(at: number): readonly CountedRecord[];
  /** All counts that wait. The minute goes on: what repeats in it is still a repetition. */
  takeAll(): readonly CountedRecord[];
  /** The record could not be written: count it again. */
  putBack(record: CountedRecord): void;
}

const MINUTE_MS = 60_000;
/** Stands for the actor once too many were queued in one minute to be told apart. */
const MANY_ACTORS = "*";

interface Waiting {
  last: AuditRecord;
  count: number;
}

/** What is one kind, and what a record becomes when there are too many kinds. */
interface Kinds {
  readonly keyOf: (record: AuditRecord) => string;
  readonly folded: (record: AuditRecord) => AuditRecord;
}

/** Whoever is refused chooses names and rooms, so beyond the bound refusals are told apart by event only, as a gap that is counted. */
const refusals: Kinds = {
  keyOf: ({ actor, address, deviceId, event, reason }) => JSON.stringify([actor, address, deviceId, event, reason]),
  folded: ({ event, outcome, reason }) =>
    event === "audit.gap"
      ? { event, actor: MANY_ACTORS, outcome, ...(reason === undefined ? {} : { reason }) }
      : { event: "audit.gap", actor: MANY_ACTORS, outcome, reason: event },
};

/** Readers are accounts: they never lose their name, or one could read unseen behind rooms of one's own. */
const reads: Kinds = {
  keyOf: ({ actor, deviceId, event, roomId, reason }) => JSON.stringify([actor, deviceId, event, roomId, reason]),
  folded: ({ event, actor, outcome }) => ({ event, actor, outcome, reason: "many" }),
};

export const createRefusalWindow = (maxKinds: number): QueuedWindow => createWindow(maxKinds, refusals);
/** Apart from that of refusals, so that a flood of these folds no read. */
export const createReadWindow = (maxKinds: number): QueuedWindow => createWindow(maxKinds, reads);

/** What is queued in one minute, each kind once and then counted. Who makes the requests decides how many there are: `maxKinds` bounds what is kept. */
function createWindow(maxKinds: number, { keyOf, folded }: Kinds): QueuedWindow {
  const entries = new Map<string, Waiting>();
  let minute = -1;

  const takeAll = () => {
    const counts: CountedRecord[] = [];
    for (const entry of entries.values()) {
      if (entry.count > 0) counts.push({ ...entry.last, count: entry.count });
      entry.count = 0;
    }
    return counts;
  };
  const kindOf = (record: AuditRecord): AuditRecord => (entries.size < maxKinds || entries.has(keyOf(record)) ? record : folded(record));
  const entryOf = (record: AuditRecord): Waiting => {
    const key = keyOf(record);
    const entry = entries.get(key) ?? { last: record, count: 0 };
    entries.set(key, entry);
    return entry;
  };

  return {
    note(record) {
      const kind = kindOf(record);
      const isFirst = !entries.has(keyOf(kind));
      const entry = entryOf(kind);
      if (isFirst) return { ...kind, count: record.count ?? 1 };
      entry.last = kind;
      entry.count += record.count ?? 1;
      return undefined;
    },
    takeEnded(at) {
      const now = Math.floor(at / MINUTE_MS);
      if (now === minute) return [];
      minute = now;
      const counts = takeAll();
      entries.clear();
      return counts;
    },
    takeAll,
    putBack({ count, ...record }) {
      entryOf(kindOf(record)).count += count;
    },
  };
}
