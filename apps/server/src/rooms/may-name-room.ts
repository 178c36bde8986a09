import { levelToSend, membershipOf, powerOf } from "@wardroom/matrix-core";
import type { Room } from "./room.ts";

/** Whether a person decides what the room is called to the world: its canonical alias, and whether the directory lists it. */
export function mayNameRoom({ decided: { state }, version }: Room, userId: string): boolean {
  return (
    membershipOf(userId, state) === "join" && powerOf(userId, state, version) >= levelToSend("m.room.canonical_alias", true, state, version)
  );
}
