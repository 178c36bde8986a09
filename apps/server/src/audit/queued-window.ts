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

/**
 * What is queued in one minute: refusals, and reads where a label asks for it; by address, actor, device, event, room of a read, and reason. Who makes
 * the requests decides how many there are, so beyond `maxKinds` they are told apart by event only, as a gap that is counted.
 */
export function createQueuedWindow(maxKinds: number): QueuedWindow {
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
  // The room of a refusal is the refused one's choice, that of a read is not.
  const keyOf = ({ actor, address, deviceId, event, reason, outcome, roomId }: AuditRecord) =>
    JSON.stringify([actor, address, deviceId, event, reason, outcome === "done" ? roomId : undefined]);
  const kindOf = (record: AuditRecord): AuditRecord => (entries.size < maxKinds || entries.has(keyOf(record)) ? record : asGap(record));
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

/** What could not be told apart: how many, of which event. */
function asGap({ event, outcome, reason }: AuditRecord): AuditRecord {
  return event === "audit.gap"
    ? { event, actor: MANY_ACTORS, outcome, ...(reason === undefined ? {} : { reason }) }
    : { event: "audit.gap", actor: MANY_ACTORS, outcome, reason: event };
}
