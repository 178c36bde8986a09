import { parseUserId } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import type { RoomFeed } from "#rooms";
import type { Directory } from "./contract.ts";
import { brokenToken, formatPageToken, parsePageToken } from "./page-token.ts";

const MOST_ON_PAGE = 100;

/** `GET …/mutual_rooms` (v1.19). Tells nothing that the members of those rooms do not see. */
export function createMutualRooms(feed: RoomFeed): Directory["listMutualRooms"] {
  const joinedOf = async (userId: string) =>
    [...(await feed.membershipsOf(userId)).values()].filter(({ membership }) => membership === "join").map(({ roomId }) => roomId);
  return async (actor, userId, from) => {
    if (parseUserId(userId) === undefined || userId === actor.userId)
      throw new MatrixError("M_INVALID_PARAM", "user_id: is not the id of another person.");
    const own = new Set(await joinedOf(actor.userId));
    const mutual = (await joinedOf(userId)).filter((roomId) => own.has(roomId)).sort();
    const after = from === undefined ? "" : parsePageToken(from)["after"];
    if (typeof after !== "string") throw brokenToken();
    const rest = mutual.filter((roomId) => roomId > after);
    const joined = rest.slice(0, MOST_ON_PAGE);
    const last = joined.at(-1);
    const hasMore = rest.length > joined.length && last !== undefined;
    return { joined, count: mutual.length, nextBatch: hasMore ? formatPageToken({ after: last }) : undefined };
  };
}
