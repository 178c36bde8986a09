import type { RoomFeed } from "./contract.ts";

/** Whether both are joined to the same room, as of now. */
export async function shareRoom(feed: Pick<RoomFeed, "membershipsOf">, userId: string, otherId: string): Promise<boolean> {
  const [ofOne, ofOther] = await Promise.all([feed.membershipsOf(userId), feed.membershipsOf(otherId)]);
  const [fewer, more] = ofOne.size <= ofOther.size ? [ofOne, ofOther] : [ofOther, ofOne];
  for (const [roomId, { membership }] of fewer) {
    if (membership === "join" && more.get(roomId)?.membership === "join") return true;
  }
  return false;
}
