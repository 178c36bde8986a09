import type { RoomFeed } from "#rooms";
import type { ChangeBell } from "./change-bell.ts";

type Feed = Pick<RoomFeed, "membershipsOf" | "joinedInMemory">;

/**
 * Wakes a person and those who share a room with them, of whom only those matter that wait. Rooms in memory say who is in them;
 * for the others those who wait are asked, whose rooms are in memory: no room is loaded for it.
 */
export function createWakeSharers(feed: Feed, bell: Pick<ChangeBell, "notifyUser" | "notifyAll" | "waiting">) {
  return async (userId: string): Promise<void> => {
    bell.notifyUser(userId);
    const away: string[] = [];
    for (const { roomId, membership } of (await feed.membershipsOf(userId)).values()) {
      if (membership !== "join") continue;
      const joined = feed.joinedInMemory(roomId);
      if (joined === undefined) away.push(roomId);
      else bell.notifyAll(roomId, joined);
    }
    if (away.length === 0) return;
    for (const waiting of bell.waiting()) {
      const theirs = await feed.membershipsOf(waiting);
      if (away.some((roomId) => theirs.get(roomId)?.membership === "join")) bell.notifyUser(waiting);
    }
  };
}
