import { createAnnounceProfile } from "./announce-profile.ts";
import type { Rooms } from "./contract.ts";
import type { RoomsContext } from "./rooms-context.ts";

/** Rooms that share a commit. */
const AT_A_TIME = 16;

/** `PUT …/profile/{userId}/{keyName}`: name and picture go, as member events, into every room that the person is in. */
export function createSetProfile(context: RoomsContext): Rooms["setProfileField"] {
  const { profiles, memberships } = context;
  const announce = createAnnounceProfile(context);
  return async (actor, key, value) => {
    await profiles.set(actor, key, value);
    if (key !== "displayname" && key !== "avatar_url") return;
    const joined = [...(await memberships.of(actor.userId)).values()].filter(({ membership }) => membership === "join");
    for (let start = 0; start < joined.length; start += AT_A_TIME) {
      await Promise.all(joined.slice(start, start + AT_A_TIME).map(({ roomId }) => announce(actor, roomId)));
    }
  };
}
