import { createLanes, faultText } from "#kernel";
import type { Rooms } from "./contract.ts";
import type { RoomsContext } from "./rooms-context.ts";

/**
 * Destroys every key that seals the person's words, then everything in memory that was opened with one. The
 * rooms live on: what redaction keeps is sealed under the rooms' own keys (design D11). End the person's sessions first: what
 * they still send afterwards is sealed under a new key.
 */
export function createErasePerson(context: RoomsContext): Rooms["erasePerson"] {
  const { keys, memberships, cache, profiles, profileStore, announcements, relations, storage, directoryChanges, onPersonErased, log } =
    context;
  const lanes = createLanes();
  return (userId) =>
    lanes.run("erase", async () => {
      const known = [...(await memberships.of(userId)).keys()];
      const touched = await keys.destroyPerson(userId);
      profiles.drop(userId);
      directoryChanges.noteName(userId, undefined);
      for (const roomId of new Set([...known, ...touched])) {
        // What redaction takes out of an event, its relation among it, goes here as well.
        await storage.commit({ writes: [relations.removeRelationsOf(roomId, userId)], erases: true });
        // A room that cannot be loaded holds no words in memory; the others must still be dropped.
        await cache
          .forget(roomId)
          .catch((error: unknown) =>
            log.warn({ roomId, reason: faultText(error) }, "a room could not be loaded while a person was erased"),
          );
        directoryChanges.noteRoom(roomId);
      }
      await storage.commit({ writes: [profileStore.removeAll(userId), announcements.removeOf(userId)], erases: true });
      await onPersonErased?.(userId);
    });
}
