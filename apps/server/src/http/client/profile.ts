import { MatrixError } from "#kernel";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { requireSelf } from "./require-self.ts";

type Names = "getUserProfile" | "getProfileField" | "setProfileField" | "deleteProfileField" | "getRoomIdByAlias";

export function profileHandlers({ rooms, config }: HandlerDeps): Pick<Handlers, Names> {
  return {
    getUserProfile: ({ params }) => rooms.getProfile(params.userId),

    async getProfileField({ params }) {
      const { keyName } = params;
      const profile = await rooms.getProfile(params.userId);
      // Own members only: `constructor` is no field of anybody's.
      const value = Object.hasOwn(profile, keyName) ? profile[keyName] : undefined;
      if (value === undefined) throw new MatrixError("M_NOT_FOUND", "This profile field is not set.");
      return field(keyName, value);
    },

    async setProfileField({ actor, params, body }) {
      requireSelf(actor, params.userId);
      const value = Object.hasOwn(body, params.keyName) ? body[params.keyName] : undefined;
      if (value === undefined) throw new MatrixError("M_MISSING_PARAM", "The body does not hold the field that the path names.");
      await rooms.setProfileField(actor, params.keyName, value);
      return {};
    },

    async deleteProfileField({ actor, params }) {
      requireSelf(actor, params.userId);
      await rooms.setProfileField(actor, params.keyName, undefined);
      return {};
    },

    async getRoomIdByAlias({ params }) {
      const roomId = await rooms.resolveAlias(params.roomAlias);
      if (roomId === undefined) throw new MatrixError("M_NOT_FOUND", "There is no room of this name.");
      return { room_id: roomId, servers: [config.serverName] };
    },
  };
}

/** A computed key is defined, never assigned: `{}["__proto__"] = x` would set the prototype and answer `{}`. */
const field = <T>(key: string, value: T): Record<string, T> => ({ [key]: value });
