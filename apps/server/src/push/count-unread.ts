import type { Actor } from "#kernel";
import type { FeedEvent, MemberView, RoomFeed } from "#rooms";
import type { CompiledRules } from "./compile-rules.ts";
import type { Push } from "./contract.ts";
import { countOn, nothingUnread, present, readOn, type Tally } from "./tally.ts";
import { createTallyMemory, type TallyMemory } from "./tally-memory.ts";
import { MAIN } from "./thread-of.ts";

export interface CountDeps {
  readonly feed: RoomFeed;
  readonly rulesOf: (userId: string) => Promise<CompiledRules>;
}

/**
 * Events that a count looks back at where none is known or memory does not reach: about 4 ms a room. What is older does not
 * count, so that a number is too low at worst.
 */
const MOST_LOOKED_AT = 200;
/** Of these, behind what was read in the main timeline: there only threads can hold something. */
const MOST_LOOKED_AT_FOR_THREADS = 60;
const PAGE = 60;
const MAX_ATTEMPTS = 3;

interface Question {
  readonly actor: Actor;
  readonly roomId: string;
  readonly until: number;
  readonly rules: CompiledRules;
  readonly view: MemberView;
}

/** Unread events by the reader's own rules. Nothing is done at a send: each reader's count goes on from their last one. */
export function createCountUnread({ feed, rulesOf }: CountDeps): Push["unread"] {
  const memory = createTallyMemory(feed);
  return async (actor, roomId, asked) => {
    for (let attempt = 1; ; attempt += 1) {
      const rules = await rulesOf(actor.userId);
      const view = await feed.memberView(actor.userId, roomId);
      if (view === undefined) return nothingUnread;
      const question = { actor, roomId, until: Math.min(asked, view.position), rules, view };
      const tally = countInMemory(memory, question) ?? (await countStored(feed, memory, question, attempt === MAX_ATTEMPTS));
      if (tally !== undefined) return present(tally);
    }
  };
}

/** Without waiting for anything; undefined if memory does not reach back far enough. */
function countInMemory(memory: TallyMemory, { actor, roomId, until, rules, view }: Question): Tally | undefined {
  const known = memory.of(roomId).readers.get(actor.userId);
  const goesOn = goesOnFrom(known, { rules, view });
  // A slower request of the person: the newer count stays for the others.
  const isBehind = goesOn && known !== undefined && known.until > until;
  const tally = goesOn && known !== undefined && !isBehind ? known : startTally(actor.userId, rules, view, floorOf(view));
  const events = view.recent(tally.until);
  if (events === undefined) return undefined;
  countOn(tally, events, until, view.facts);
  if (!isBehind && tally !== known) memory.keep(roomId, tally);
  return tally;
}

function goesOnFrom(known: Tally | undefined, { rules, view }: Pick<Question, "rules" | "view">): boolean {
  return known !== undefined && known.rules === rules && known.joinedFrom === view.joinedFrom && readOn(known, view.marks);
}

/** @param isLast takes what was read although something was redacted meanwhile */
async function countStored(feed: RoomFeed, memory: TallyMemory, question: Question, isLast: boolean): Promise<Tally | undefined> {
  const { actor, roomId, until, rules, view } = question;
  const room = memory.of(roomId);
  const known = room.readers.get(actor.userId);
  const before = known !== undefined && goesOnFrom(known, question) && known.until <= until ? known : undefined;
  const start = before?.until ?? floorOf(view);
  const { redactions } = room;
  const { events, from } = await lookBack(feed, question, start);
  const isStill = memory.of(roomId) === room && room.redactions === redactions && (before === undefined || before.until === start);
  if (!isStill && !isLast) return undefined;
  // Over a gap the old count cannot go on: in the gap the person may have spoken, and so read all before.
  const tally = before !== undefined && from === start && isStill ? before : startTally(actor.userId, rules, view, from);
  countOn(tally, events, until, view.facts);
  if (isStill) memory.keep(roomId, tally);
  return tally;
}

/** The newest events of a range, oldest first, and where looking began. */
async function lookBack(
  feed: RoomFeed,
  { actor, roomId, until, view }: Question,
  after: number,
): Promise<{ readonly events: readonly FeedEvent[]; readonly from: number }> {
  const found: FeedEvent[] = [];
  const mainMark = view.marks.threads.get(MAIN) ?? 0;
  let [behind, reached] = [0, until];
  while (reached > after) {
    const page = await feed.timeline(actor, roomId, { after, until: reached, limit: PAGE });
    found.unshift(...page.events);
    reached = page.limited ? Math.min(page.before, reached - 1) : after;
    behind += page.events.filter(({ position }) => position <= mainMark).length;
    if (found.length >= MOST_LOOKED_AT || behind >= MOST_LOOKED_AT_FOR_THREADS) break;
  }
  return { events: found, from: Math.max(reached, after) };
}

const floorOf = (view: MemberView): number => Math.max(view.joinedFrom, view.marks.everywhere);

const startTally = (userId: string, rules: CompiledRules, { joinedFrom, marks }: MemberView, from: number): Tally => ({
  userId,
  rules,
  joinedFrom,
  from,
  until: from,
  marks,
  threads: new Map(),
});
