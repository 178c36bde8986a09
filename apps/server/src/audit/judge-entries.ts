import { own, ownObject, ownString } from "@wardroom/matrix-core";
import { type EntryHead, MalformedEntry, type ParsedEntry, parseEntry } from "./entry.ts";
import type { FindingName } from "./finding.ts";
import { MOST_OVERTAKING_MS } from "./stamp-time.ts";

/** What the first entry of a log says of the one before. */
export interface LogStart {
  readonly origin: string;
  readonly time: number;
  readonly reason: string | undefined;
  /** What lay in the second place when it began. */
  readonly secondPlace: string;
  /** The last signed checkpoint that was known of what came before. */
  readonly continues: string | undefined;
  /** What was left of the log before; absent if it was damaged. */
  readonly left: { readonly origin: string; readonly size: number; readonly root: Uint8Array } | undefined;
}

export interface Objection {
  readonly what: FindingName;
  readonly detail?: string;
}

/** Judges the contents of a log's entries, in their order. */
export interface EntryJudge {
  judge(index: number, entry: Uint8Array): Objection | undefined;
  start(): LogStart | undefined;
  /** Time of the last entry. */
  lastTime(): number | undefined;
  /** Where the clock had been turned back, and how often in all. */
  turns(): { readonly count: number; readonly first: readonly number[] };
}

const STARTED = "audit.log.started";
const ID = /^[A-Za-z0-9_-]{21}[AQgw]$/;
const TOKEN = /^[A-Za-z0-9+/]{21}[AQgw]==$/;
const SEALED = /^[A-Za-z0-9+/]+={0,2}$/;
const POLICY = /^[0-9a-f]{16}$/;
const HASH_BYTES = 32;
/** A clock that is turned back so often keeps nobody's time. */
const MOST_CLOCKS = 1024;
const MOST_NAMED = 100;

/** @throws MalformedEntry */
function parseStrictly(bytes: Uint8Array): ParsedEntry {
  const entry = parseEntry(bytes);
  const { id, policy } = entry.head;
  if (!ID.test(id)) throw new MalformedEntry("the id is not 16 bytes");
  if (policy !== undefined && !POLICY.test(policy)) throw new MalformedEntry("the name of the policy set is malformed");
  for (const [name, segment] of Object.entries(entry.segments)) {
    if (!TOKEN.test(segment.token) || segment.sealed.length % 4 !== 0 || !SEALED.test(segment.sealed))
      throw new MalformedEntry(`the segment ${name} is damaged`);
  }
  return entry;
}

/** Undefined if it is no first entry of the agreed form. */
function readStart({ code, log, reason, time }: EntryHead): LogStart | undefined {
  const [origin, secondPlace, continues] = [ownString(log, "origin"), ownString(log, "second_place"), ownString(log, "continues")];
  if (code !== STARTED || origin === undefined || secondPlace === undefined) return undefined;
  const left = readLeft(ownObject(log, "left"));
  if (left === "malformed") return undefined;
  return { origin, time, reason, secondPlace, continues, left };
}

function readLeft(value: ReturnType<typeof ownObject>): LogStart["left"] | "malformed" {
  if (value === undefined) return undefined;
  const [origin, size, root] = [ownString(value, "origin"), own(value, "size"), Buffer.from(ownString(value, "root") ?? "", "base64")];
  if (origin === undefined || typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return "malformed";
  return root.length === HASH_BYTES ? { origin, size, root } : "malformed";
}

/** By how many whole seconds an entry is too old, clock by clock: what was stamped before a clock was turned back may come after it. */
function createTimeCheck(): (index: number, head: EntryHead) => { readonly isTurned: boolean; readonly tooOld?: number } {
  const latest = new Map<number, number>();
  return (index, { clock, time }) => {
    const before = latest.get(clock);
    if (before === undefined) {
      const [oldest] = latest.keys();
      if (latest.size >= MOST_CLOCKS && oldest !== undefined) latest.delete(oldest);
      latest.set(clock, time);
      return { isTurned: index > 0 };
    }
    if (before - time > MOST_OVERTAKING_MS) return { isTurned: false, tooOld: Math.ceil((before - time) / 1000) };
    latest.set(clock, Math.max(before, time));
    return { isTurned: false };
  };
}

export function createEntryJudge(): EntryJudge {
  const checkTime = createTimeCheck();
  let start: LogStart | undefined;
  let lastTime: number | undefined;
  let turns = 0;
  const first: number[] = [];
  const judgeParsed = (index: number, head: EntryHead): Objection | undefined => {
    lastTime = head.time;
    if (index === 0) {
      start = readStart(head);
      if (start === undefined) return { what: "start-mismatch" };
    } else if (head.code === STARTED || head.log !== undefined) {
      return { what: "start-misplaced" };
    }
    const { isTurned, tooOld } = checkTime(index, head);
    if (isTurned) {
      turns += 1;
      if (first.length < MOST_NAMED) first.push(index);
    }
    return tooOld === undefined ? undefined : { what: "time-backwards", detail: `${tooOld} s` };
  };
  return {
    judge(index, bytes) {
      try {
        return judgeParsed(index, parseStrictly(bytes).head);
      } catch (error) {
        if (error instanceof MalformedEntry) return { what: "entry-malformed", detail: error.message };
        throw error;
      }
    },
    start: () => start,
    lastTime: () => lastTime,
    turns: () => ({ count: turns, first }),
  };
}
