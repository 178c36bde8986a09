import { type Actor, faultText, randomToken } from "#kernel";
import { createAnnounceProfile } from "./announce-profile.ts";
import type { Rooms } from "./contract.ts";
import type { RoomsContext } from "./rooms-context.ts";
import { createRounds } from "./tell-in-rounds.ts";

/** Rooms that share a commit. */
const AT_A_TIME = 16;

interface ProfileChanges extends Pick<Rooms, "setProfileField"> {
  /** Tells the rest of the rooms what a stop in the middle left untold. */
  resume(): Promise<void>;
}

/**
 * `PUT …/profile/{userId}/{keyName}`: name and picture go, as member events, into every room that the person is in. That these are
 * under way stands in the commit of the profile, and is struck out after the last room: the server goes on at its next start.
 */
export function createSetProfile(context: RoomsContext): ProfileChanges {
  const { profiles, memberships, announcements, storage, random, log } = context;
  const announce = createAnnounceProfile(context);
  async function announceAll(actor: Actor): Promise<void> {
    const joined = [...(await memberships.of(actor.userId)).values()].filter(({ membership }) => membership === "join");
    for (let start = 0; start < joined.length; start += AT_A_TIME) {
      await Promise.all(joined.slice(start, start + AT_A_TIME).map(({ roomId }) => announce(actor, roomId)));
    }
  }
  const announceInRounds = createRounds(announceAll);
  return {
    async setProfileField(actor, key, value) {
      if (key !== "displayname" && key !== "avatar_url") return profiles.set(actor, key, value);
      const announcement = { user_id: actor.userId, device_id: actor.deviceId, stamp: randomToken(random, 12) };
      await profiles.set(actor, key, value, [announcements.begin(announcement)]);
      await announceInRounds(actor);
      await storage.commit({ writes: [announcements.end(announcement)] });
    },
    async resume() {
      for (const announcement of await announcements.list()) {
        const { user_id: userId, device_id: deviceId } = announcement;
        try {
          await announceAll({ userId, deviceId, isAdmin: false });
          await storage.commit({ writes: [announcements.end(announcement)] });
        } catch (error) {
          // One room that cannot be read must not keep the server from starting; the next start tries again.
          log.warn({ reason: faultText(error) }, "a profile change could not be told to all rooms");
        }
      }
    },
  };
}
