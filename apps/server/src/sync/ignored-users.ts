import type { FeedEvent } from "#rooms";

/** State events of ignored people are still sent, so that a room looks the same to everybody (Client-Server API, "Ignoring Users"). */
export const isIgnored = (ignored: ReadonlySet<string>, event: Pick<FeedEvent, "sender" | "stateKey">): boolean =>
  event.stateKey === undefined && ignored.has(event.sender);
