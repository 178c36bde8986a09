import type { OwnMembership, Receipt } from "#rooms";
import type { Pass } from "./pass.ts";

export interface Ephemeral {
  readonly events: readonly string[];
  /** The reader's own receipt moved, on this or another device: their unread counts changed. */
  readonly ownReceipt: boolean;
}

/** Whether the room's typing list is another one than the client has. @param fresh the client does not have this room */
export function isTypingNews(pass: Pick<Pass, "feed" | "typingSince" | "ignored">, roomId: string, fresh: boolean): boolean {
  const { feed, typingSince } = pass;
  if (fresh || typingSince === undefined) return typists(pass, roomId).length > 0;
  return feed.typing(roomId).changedAt > typingSince;
}

/** Who types, as far as this reader wants to know of them. */
function typists({ feed, ignored }: Pick<Pass, "feed" | "ignored">, roomId: string): readonly string[] {
  const { users } = feed.typing(roomId);
  return ignored.size === 0 ? users : users.filter((userId) => !ignored.has(userId));
}

export function nobodyTypesIn(pass: Pick<Pass, "feed" | "ignored">, memberships: Iterable<OwnMembership>): boolean {
  for (const { roomId, membership } of memberships) if (membership === "join" && typists(pass, roomId).length > 0) return false;
  return true;
}

/** Receipts after `after` and the typing list, if they changed. @param fresh the client does not have this room */
export async function readEphemeral(pass: Pass, roomId: string, after: number, fresh: boolean): Promise<Ephemeral> {
  const { feed, actor, until, filter } = pass;
  const events: string[] = [];
  if (isTypingNews(pass, roomId, fresh) && filter.ephemeral("m.typing", roomId)) {
    events.push(`{"type":"m.typing","content":{"user_ids":${JSON.stringify(typists(pass, roomId))}}}`);
  }
  if (feed.lastReceiptPosition(roomId) <= after) return { events, ownReceipt: false };
  const receipts = (await feed.receiptsBetween(actor, roomId, after, until)).filter(
    // Asked for already; checked again, because a private receipt in the wrong hands cannot be taken back.
    ({ type, userId }) => userId === actor.userId || (type !== "m.read.private" && !pass.ignored.has(userId)),
  );
  if (filter.ephemeral("m.receipt", roomId)) events.push(...receiptEvents(receipts));
  return { events, ownReceipt: receipts.some(({ userId }) => userId === actor.userId) };
}

/**
 * One event per thread: a person may have an unthreaded and a threaded receipt on the same event, and the form
 * event → type → user has room for one of them only.
 */
function receiptEvents(receipts: readonly Receipt[]): readonly string[] {
  const byThread = Map.groupBy(receipts, ({ threadId }) => threadId);
  return [...byThread.values()].map((ofThread) => {
    const content = object([...Map.groupBy(ofThread, ({ eventId }) => eventId)], (ofEvent) =>
      object([...Map.groupBy(ofEvent, ({ type }) => type)], (ofType) =>
        object([...Map.groupBy(ofType, ({ userId }) => userId)], (ofUser) => receiptText(ofUser)),
      ),
    );
    return `{"type":"m.receipt","content":${content}}`;
  });
}

function receiptText(receipts: readonly Receipt[]): string {
  const newest = receipts.reduce((a, b) => (b.position > a.position ? b : a));
  return JSON.stringify({ ts: newest.ts, ...(newest.threadId === undefined ? {} : { thread_id: newest.threadId }) });
}

function object<T>(entries: readonly (readonly [string, T])[], print: (value: T) => string): string {
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${print(value)}`).join(",")}}`;
}
