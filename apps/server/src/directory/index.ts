import type { RoomFeed, Rooms } from "#rooms";
import type { Identity } from "#identity";

export interface Directory {
  /** Whom a search finds. */
  readonly searches: "shared-rooms" | "everyone";
}

export function createDirectory(deps: {
  readonly rooms: Rooms;
  readonly feed: RoomFeed;
  readonly identity: Identity;
  readonly searches: Directory["searches"];
}): Directory {
  return { searches: deps.searches };
}
