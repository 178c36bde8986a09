import { isRoomId } from "@wardroom/matrix-core";
import type { SpaceChild } from "./directory-contract.ts";
import type { RoomEvent } from "./room-event.ts";
import { list } from "./room-facts.ts";

/** Of one space; what it has beyond that is not told. */
export const MOST_CHILDREN = 1000;
// @NOTSPEC of each child only what the specification names is told, and of a long list of servers the first.
const MOST_VIA = 10;
const MOST_SERVER_NAME = 255;
const ORDER = /^[\x20-\x7e]{1,50}$/;

/** The valid children among these events, in the order of the specification ("Ordering of children within a space"). */
export function childrenOf(events: Iterable<RoomEvent>): readonly SpaceChild[] {
  const children: SpaceChild[] = [];
  for (const event of events) {
    const child = childOf(event);
    if (child !== undefined) children.push(child);
    if (children.length === MOST_CHILDREN) break;
  }
  return children.sort(compareChildren);
}

function childOf({ stateKey = "", content, sender, originServerTs }: RoomEvent): SpaceChild | undefined {
  const servers = list(content["via"]);
  const via = servers.filter((server) => typeof server === "string");
  // An empty list, or one that holds anything else, makes no child: that is how children are taken out.
  if (via.length === 0 || via.length !== servers.length || !isRoomId(stateKey)) return undefined;
  const order = content["order"];
  return {
    roomId: stateKey,
    order: typeof order === "string" && ORDER.test(order) ? order : undefined,
    isSuggested: content["suggested"] === true,
    via: via.filter((server) => server.length <= MOST_SERVER_NAME).slice(0, MOST_VIA),
    sender,
    originServerTs,
  };
}

/** Those with an order first, by it; then by time; then by id. All of it is ASCII, so units compare as code points do. */
function compareChildren(one: SpaceChild, other: SpaceChild): number {
  if (one.order !== other.order) {
    if (one.order === undefined) return 1;
    if (other.order === undefined) return -1;
    return one.order < other.order ? -1 : 1;
  }
  return one.originServerTs - other.originServerTs || (one.roomId < other.roomId ? -1 : 1);
}
