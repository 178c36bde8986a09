import { membershipOf } from "@wardroom/matrix-core";
import { actedBy, MatrixError } from "#kernel";
import type { Rooms } from "./contract.ts";
import type { KnownRooms } from "./directory-contract.ts";
import { mayNameRoom } from "./may-name-room.ts";
import type { RoomsContext } from "./rooms-context.ts";

type DirectoryVisibility = Pick<Rooms, "getDirectoryVisibility" | "setDirectoryVisibility">;

/** Whether the room directory lists a room. */
export function createDirectoryVisibility(context: RoomsContext, known: KnownRooms): DirectoryVisibility {
  const { audit, inRoom, published, roomStore, storage } = context;
  return {
    async getDirectoryVisibility(actor, roomId) {
      if (published.ids.has(roomId)) return "public";
      // Room ids are secrets of their members: a private room answers like none.
      if ((await known.find(actor, roomId)) === undefined) throw new MatrixError("M_NOT_FOUND", "There is no such room.");
      return "private";
    },
    async setDirectoryVisibility(actor, roomId, visibility) {
      const isPublic = visibility === "public";
      const record = { event: "room.directory.changed", ...actedBy(actor), roomId, target: visibility } as const;
      await inRoom(roomId, async (room) => {
        const isIn = membershipOf(actor.userId, room.decided.state) === "join";
        const mayName = mayNameRoom(room, actor.userId);
        const role = !mayName && actor.isAdmin ? { asAdministrator: true } : {};
        // Administrators tidy the directory; what a private room is, they do not tell everybody.
        if (!mayName && !(actor.isAdmin && !isPublic)) {
          audit.refused({ ...record, ...role, outcome: "refused", reason: isIn ? "level" : "not-in-room" });
          throw new MatrixError("M_FORBIDDEN", isIn ? "You may not change what this room is called." : "You are not in this room.");
        }
        if (isPublic && !published.ids.has(roomId)) published.admit();
        const head = { roomId, head: room.decided.eventId, epoch: room.epoch };
        const writes = [roomStore.setPublic(head, isPublic), ...audit.writes({ ...record, ...role, outcome: "done" })];
        return { events: [], committed: storage.commit({ writes }, () => published.note(roomId, isPublic)) };
      });
    },
  };
}
