import { type Actor, MatrixError } from "#kernel";
import { nothingToDo } from "./in-room.ts";
import type { RoomsContext } from "./rooms-context.ts";

/** Writes a person's present name and picture into their member event, if they are in the room and it says otherwise. */
export function createAnnounceProfile({ profiles, inRoom, append, log }: RoomsContext): (actor: Actor, roomId: string) => Promise<void> {
  return async (actor, roomId) => {
    try {
      await inRoom(roomId, async (room) => {
        const profile = await profiles.member(actor.userId);
        const before = room.decided.state.get("m.room.member", actor.userId)?.content;
        if (before === undefined || before["membership"] !== "join") return nothingToDo(room);
        if (before["displayname"] === profile.displayname && before["avatar_url"] === profile.avatar_url) return nothingToDo(room);
        const { displayname: _, avatar_url: __, reason: ___, ...rest } = before;
        const input = { type: "m.room.member", sender: actor.userId, stateKey: actor.userId, content: { ...rest, ...profile } };
        return append(room, [input], { actor });
      });
    } catch (error) {
      // One room's refusal keeps the name out of that room only; a store that fails is no refusal.
      if (!(error instanceof MatrixError)) throw error;
      log.warn({ roomId, reason: error.message }, "a profile change did not reach a room");
    }
  };
}
