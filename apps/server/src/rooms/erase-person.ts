import { createLanes } from "#kernel";
import type { Rooms } from "./contract.ts";
import type { RoomsContext } from "./rooms-context.ts";

/**
 * Destroys every key that seals the person's words, then everything in memory that was opened with one. The
 * rooms live on: what redaction keeps is sealed under the rooms' own keys (design D11).
 */
export function createErasePerson({ keys, memberships, cache, profiles, inRoom }: RoomsContext): Rooms["erasePerson"] {
  const lanes = createLanes();
  return (userId) =>
    lanes.run("erase", async () => {
      const rooms = [...(await memberships.of(userId)).keys()];
      await keys.destroyPerson(userId);
      profiles.drop(userId);
      for (const roomId of rooms) {
        // In the room's lane, so that nothing decided on the opened words is still on its way.
        await inRoom(roomId, async (room) => {
          cache.drop(room);
          return { events: [], committed: Promise.resolve() };
        });
      }
    });
}
