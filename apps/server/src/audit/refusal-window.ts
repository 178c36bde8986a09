import type { AuditRecord } from "#kernel";
import type { StoredAuditRecord } from "./contract.ts";

/** What the window wants written: the first refusal of its kind at once, or counts of earlier ones. */
export interface RefusalWindow {
  /** Undefined for a repetition, which is counted only. */
  note(record: AuditRecord, at: number): StoredAuditRecord | undefined;
  /** Counts of a minute that is over; empty while it runs. */
  takeEnded(at: number): readonly StoredAuditRecord[];
  /** All counts that wait. The minute goes on: what repeats in it is still a repetition. */
  takeAll(): readonly StoredAuditRecord[];
  /** The record could not be written: count it again. */
  putBack(record: StoredAuditRecord): void;
}

const MINUTE_MS = 60_000;
/** Stands for the actor once too many were refused in one minute to be told apart. */
const MANY_ACTORS = "*";

interface Entry {
  last: AuditRecord;
  lastAt: number;
  waiting: number;
}

/**
 * Refusals of one minute, by actor (or address), event and reason (design D7). An attacker decides how many refusals there
 * are, so beyond `maxKinds` actors are no longer told apart; events and reasons come from the code and stay few.
 */
export function createRefusalWindow(maxKinds: number, { kindOf, merged }: Kinds = ofRefusals): RefusalWindow {
  const entries = new Map<string, Entry>();
  let minute = -1;

  const takeAll = () => {
    const counts: StoredAuditRecord[] = [];
    for (const entry of entries.values()) {
      if (entry.waiting > 0) counts.push({ ...entry.last, at: entry.lastAt, count: entry.waiting });
      entry.waiting = 0;
    }
    return counts;
  };
  const keyOf = (record: AuditRecord) => JSON.stringify(kindOf(record));
  const entryOf = (record: AuditRecord, at: number): Entry => {
    const key = keyOf(record);
    const entry = entries.get(key) ?? { last: record, lastAt: at, waiting: 0 };
    entries.set(key, entry);
    return entry;
  };

  return {
    note(record, at) {
      const kind = entries.size < maxKinds || entries.has(keyOf(record)) ? record : merged(record);
      const isFirst = !entries.has(keyOf(kind));
      const entry = entryOf(kind, at);
      if (isFirst) return { ...kind, at, count: 1 };
      entry.last = kind;
      entry.lastAt = at;
      entry.waiting += 1;
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
    putBack(record) {
      const { at, count, ...refusal } = record;
      const kind = entries.size < maxKinds || entries.has(keyOf(refusal)) ? refusal : merged(refusal);
      entryOf(kind, at).waiting += count;
    },
  };
}

function withoutActor({ event, outcome, reason }: AuditRecord): AuditRecord {
  return { event, actor: MANY_ACTORS, outcome, ...(reason === undefined ? {} : { reason }) };
}

/** What is told apart, and what is left of a record when that is too much. */
interface Kinds {
  readonly kindOf: (record: AuditRecord) => unknown;
  readonly merged: (record: AuditRecord) => AuditRecord;
}

const ofRefusals: Kinds = { kindOf: ({ actor, event, reason }) => [actor, event, reason], merged: withoutActor };

/**
 * Of a read an auditor asks who it was, on which device, in which room and how. Who it was stays in any case: readers have accounts, so
 * they are not without number, and nobody is to hide behind ever new rooms of their own that record reads.
 */
export const ofReads: Kinds = {
  kindOf: ({ actor, deviceId, roomId, reason }) => [actor, deviceId, roomId, reason],
  merged: ({ event, actor, outcome }) => ({ event, actor, outcome, reason: "many" }),
};
