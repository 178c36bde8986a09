import type { FeedEvent, ReadMarks, RuleFacts } from "#rooms";
import type { CompiledRules } from "./compile-rules.ts";
import type { RoomUnread, UnreadCount } from "./contract.ts";
import { MAIN, threadOf } from "./thread-of.ts";

/** What is unread in one thread. Events before `first` are not in it. */
interface ThreadTally {
  readonly first: number;
  notifications: number;
  highlights: number;
}

/** One reader's count in one room, which goes on from event to event. */
export interface Tally {
  readonly userId: string;
  readonly rules: CompiledRules;
  readonly joinedFrom: number;
  /** Nothing up to here was looked at. */
  readonly from: number;
  until: number;
  marks: ReadMarks;
  /** Only threads in which something is unread. */
  readonly threads: Map<string, ThreadTally>;
}

/** Ids of roots can be invented: a reader is counted this many threads of a room, and the oldest makes way. */
const MOST_THREADS = 100;

/** Takes in the events between `tally.until` and `until`. @param events oldest first */
export function countOn(tally: Tally, events: readonly FeedEvent[], until: number, facts: RuleFacts): void {
  for (const event of events) {
    if (event.position > until) break;
    if (event.position > tally.until) count(tally, event, facts);
  }
  tally.until = Math.max(tally.until, until);
}

function count(tally: Tally, event: FeedEvent, facts: RuleFacts): void {
  if (event.isRedacted) return;
  // Whoever speaks has read what stands before it ("Marking notifications as read").
  if (event.sender === tally.userId) {
    if (tally.threads.size > 0) tally.threads.delete(threadOf(event, facts.findRecent));
    return;
  }
  const outcome = tally.rules.judge(event, facts);
  if (outcome?.notify !== true) return;
  const thread = threadOf(event, facts.findRecent);
  if (event.position <= markIn(tally.marks, thread)) return;
  const counted = tally.threads.get(thread) ?? { first: event.position, notifications: 0, highlights: 0 };
  counted.notifications += 1;
  if (outcome.highlight) counted.highlights += 1;
  if (!tally.threads.has(thread)) addThread(tally.threads, thread, counted);
}

function addThread(threads: Tally["threads"], thread: string, counted: ThreadTally): void {
  const oldest = threads.size < MOST_THREADS ? undefined : threads.keys().find((name) => name !== MAIN);
  if (oldest !== undefined) threads.delete(oldest);
  threads.set(thread, counted);
}

const markIn = (marks: ReadMarks, thread: string): number => Math.max(marks.everywhere, marks.threads.get(thread) ?? 0);

/** Takes in that the person has read on. @returns false if only counting anew tells what is left */
export function readOn(tally: Tally, marks: ReadMarks): boolean {
  if (tally.marks === marks) return true;
  for (const [thread, { first }] of tally.threads) {
    const mark = markIn(marks, thread);
    if (mark >= tally.until) tally.threads.delete(thread);
    else if (mark >= first) return false;
  }
  tally.marks = marks;
  return true;
}

/** Takes out an event that has lost its words. @param original as it was */
export function takeOut(tally: Tally, original: FeedEvent, facts: RuleFacts): void {
  if (tally.threads.size === 0 || original.position <= tally.from || original.position > tally.until || original.sender === tally.userId)
    return;
  const thread = threadOf(original, facts.findRecent);
  const counted = tally.threads.get(thread);
  if (counted === undefined || original.position < counted.first) return;
  const outcome = tally.rules.judge(original, facts);
  if (outcome?.notify !== true) return;
  counted.notifications -= 1;
  if (outcome.highlight) counted.highlights = Math.max(0, counted.highlights - 1);
  if (counted.notifications <= 0) tally.threads.delete(thread);
}

const nothing: UnreadCount = { notifications: 0, highlights: 0 };
const noThreads: ReadonlyMap<string, UnreadCount> = new Map();
export const nothingUnread: RoomUnread = { main: nothing, threads: noThreads };

export function present({ threads }: Tally): RoomUnread {
  if (threads.size === 0) return nothingUnread;
  const plain = ({ notifications, highlights }: ThreadTally): UnreadCount => ({ notifications, highlights });
  const main = threads.get(MAIN);
  const others = [...threads].filter(([thread]) => thread !== MAIN).map(([thread, counted]) => [thread, plain(counted)] as const);
  return { main: main === undefined ? nothing : plain(main), threads: others.length === 0 ? noThreads : new Map(others) };
}
