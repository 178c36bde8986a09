import { type Actor, MatrixError } from "#kernel";
import type { Rooms } from "./contract.ts";
import { nothingToDo } from "./in-room.ts";
import type { RoomsContext } from "./rooms-context.ts";

/** Rooms that share a commit. */
const AT_A_TIME = 16;

/** `PUT …/profile/{userId}/{keyName}`: name and picture go, as member events, into every room that the person is in. */
export function createSetProfile({ profiles, memberships, inRoom, append, log }: RoomsContext): Rooms["setProfileField"] {
  async function announce(actor: Actor, roomId: string): Promise<void> {
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
  }
  return async (actor, key, value) => {
    await profiles.set(actor, key, value);
    if (key !== "displayname" && key !== "avatar_url") return;
    const joined = [...(await memberships.of(actor.userId)).values()].filter(({ membership }) => membership === "join");
    for (let start = 0; start < joined.length; start += AT_A_TIME) {
      await Promise.all(joined.slice(start, start + AT_A_TIME).map(({ roomId }) => announce(actor, roomId)));
    }
  };
}
