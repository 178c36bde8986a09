import type { JsonObject, RoomVersion } from "@wardroom/matrix-core";
import type { CreateRoomRequest } from "./contract.ts";

export interface Preset {
  readonly joinRule: "invite" | "public";
  readonly guestAccess: "can_join" | "forbidden";
  readonly inviteLevel: number;
  /** Invited people get the creator's power. */
  readonly trusts: boolean;
}

/** Client-Server API, createRoom, table of presets. History is `shared` in all of them. */
const presets = {
  private_chat: { joinRule: "invite", guestAccess: "can_join", inviteLevel: 0, trusts: false },
  trusted_private_chat: { joinRule: "invite", guestAccess: "can_join", inviteLevel: 0, trusts: true },
  public_chat: { joinRule: "public", guestAccess: "forbidden", inviteLevel: 50, trusts: false },
} as const satisfies Record<string, Preset>;

export function presetOf(request: CreateRoomRequest): Preset {
  return presets[request.preset ?? (request.visibility === "public" ? "public_chat" : "private_chat")];
}

/** What power a new room starts with. In version 12 creators stand above every level and may not be listed. */
export function defaultPowerLevels(version: RoomVersion, powerful: readonly string[], preset: Preset): JsonObject {
  return {
    users: version.creatorsRule ? {} : Object.fromEntries(powerful.map((userId) => [userId, 100])),
    users_default: 0,
    events: {
      "m.room.name": 50,
      "m.room.power_levels": 100,
      "m.room.history_visibility": 100,
      "m.room.canonical_alias": 50,
      "m.room.avatar": 50,
      // Above every level that can be given: only creators may end a room (room version 12).
      "m.room.tombstone": version.creatorsRule ? 150 : 100,
      "m.room.server_acl": 100,
      "m.room.encryption": 100,
    },
    events_default: 0,
    state_default: 50,
    ban: 50,
    kick: 50,
    redact: 50,
    invite: preset.inviteLevel,
  };
}
