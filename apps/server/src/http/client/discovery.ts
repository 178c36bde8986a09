import { defaultRoomVersion, roomVersions } from "@wardroom/matrix-core";
import type { HandlerDeps, Handlers } from "../handler.ts";

const versions = {
  // Listed because clients refuse a server that lists none, and look for the exact text of the one that they need. Not all of
  // them is here yet: docs/endpoints.md lists what is, and the rest answers M_UNRECOGNIZED.
  versions: ["v1.1", "v1.2"],
  unstable_features: {},
};

const capabilities = {
  capabilities: {
    "m.change_password": { enabled: true },
    "m.room_versions": {
      default: defaultRoomVersion.id,
      available: Object.fromEntries(roomVersions.map(({ id }) => [id, "stable" as const])),
    },
    "m.profile_fields": { enabled: true },
    "m.set_displayname": { enabled: true },
    "m.set_avatar_url": { enabled: true },
    "m.3pid_changes": { enabled: false },
    "m.get_login_token": { enabled: false },
  },
};

type Names = "getVersions" | "getWellknown" | "getCapabilities";

export function discoveryHandlers({ config }: HandlerDeps): Pick<Handlers, Names> {
  // From the configuration, never from the Host header, which an attacker could choose.
  const wellKnown = { "m.homeserver": { base_url: config.publicBaseUrl } };
  return {
    getVersions: () => versions,
    getWellknown: () => wellKnown,
    getCapabilities: () => capabilities,
  };
}
