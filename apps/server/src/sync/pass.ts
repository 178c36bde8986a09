import type { Actor } from "#kernel";
import type { EventMatcher, RoomFeed } from "#rooms";
import type { UnreadOf } from "./contract.ts";
import type { SentMembers } from "./lazy-members.ts";
import type { SharedTimelines } from "./shared-timelines.ts";
import type { SyncFilter } from "./sync-filter.ts";

/** One look at the feed: everything in the answer is as of `until`, whatever is committed meanwhile. */
export interface Pass {
  readonly feed: RoomFeed;
  readonly actor: Actor;
  readonly filter: SyncFilter;
  /** Exclusive; 0 for an initial sync. The client's token, or later: up to here nothing is news. */
  readonly since: number;
  /** Inclusive; the position of next_batch. */
  readonly until: number;
  readonly initial: boolean;
  /** The client's token was of another store: what it has may not join up with what it gets. */
  readonly afresh: boolean;
  readonly fullState: boolean;
  /** Key under which the state at the END of the timeline is sent; undefined: `state`, up to its START. */
  readonly stateAfterKey: "state_after" | "org.matrix.msc4222.state_after" | undefined;
  /**
   * Typing lists changed after this are new; −1: another boot counted, so that every list is new. undefined: to the client
   * nobody types, so that lists with somebody on them are new.
   */
  readonly typingSince: number | undefined;
  /** Whose words, invitations, receipts and typing this reader wants to know nothing of. */
  /** Messages to the device after this have not come yet. */
  readonly toDeviceSince: number;
  /** Presence changed after this is new; "reset": another boot counted, or too long ago; undefined: the client knows of nobody's. */
  readonly presenceSince: number | "reset" | undefined;
  readonly ignored: ReadonlySet<string>;
  /** What the timeline filter and the ignored leave over; undefined: every event. */
  readonly matches: EventMatcher | undefined;
  readonly members: SentMembers;
  readonly shared: SharedTimelines;
  readonly unread: UnreadOf;
  prevBatch(position: number): string;
}

/** Runs `work` on all items, at most 16 at a time: a cold sync of a thousand rooms must not fill the queue of reads at once. */
export async function forEachBounded<T>(items: readonly T[], work: (item: T) => Promise<void> | void): Promise<void> {
  let next = 0;
  const run = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) {
      const working = work(item);
      if (working !== undefined) await working;
    }
  };
  // The usual answer is about one room.
  if (items.length <= 1) return run();
  await Promise.all(Array.from({ length: Math.min(16, items.length) }, run));
}
