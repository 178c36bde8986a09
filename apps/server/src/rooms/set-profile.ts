import { Conflict } from "#storage";
import type { Actor } from "#kernel";
import type { Rooms } from "./contract.ts";
import { nothingToDo } from "./in-room.ts";
import type { RoomsContext } from "./rooms-context.ts";

/** `PUT …/profile/{userId}/{keyName}`: name and picture go, as member events, into every room that the person is in. */
export function createSetProfile({ profiles, memberships, inRoom, append, log }: RoomsContext): Rooms["setProfileField"] {
  async function announce(actor: Actor, roomId: string): Promise<void> {
    const profile = await profiles.member(actor.userId);
    await inRoom(roomId, async (room) => {
      const before = room.decided.state.get("m.room.member", actor.userId)?.content;
      if (before === undefined || before["membership"] !== "join") return nothingToDo;
      if (before["displayname"] === profile.displayname && before["avatar_url"] === profile.avatar_url) return nothingToDo;
      const { displayname: _, avatar_url: __, reason: ___, ...rest } = before;
      const input = { type: "m.room.member", sender: actor.userId, stateKey: actor.userId, content: { ...rest, ...profile } };
      return append(room, [input], { actor, audit: { event: "room.member.changed" } });
    });
  }
  return async (actor, key, value) => {
    await profiles.set(actor, key, value);
    if (key !== "displayname" && key !== "avatar_url") return;
    for (const { roomId, membership } of (await memberships.of(actor.userId)).values()) {
      if (membership !== "join") continue;
      try {
        await announce(actor, roomId);
      } catch (error) {
        if (error instanceof Conflict) throw error;
        // One room's refusal keeps the name out of that room only.
        log.warn({ roomId, reason: error instanceof Error ? error.message : "?" }, "a profile change did not reach a room");
      }
    }
  };
}
