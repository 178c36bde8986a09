import { defaultRoomVersion, roomVersions } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import type { SupportContacts } from "../http-deps.ts";
import type { HandlerDeps, Handlers } from "../handler.ts";

const versions = {
  // One by one, because clients look for the exact text of the version that brought what they need. Listed is a version of which
  // every change that a client can see is here, or is optional for a server and says itself that it is not offered: by a capability,
  // a missing login flow, or M_UNRECOGNIZED. apps/server/test/versions*.test.ts go through them; docs/spec-coverage.md says what is missing.
  versions: ["v1.1", "v1.2", "v1.3", "v1.4", "v1.5", "v1.6", "v1.7", "v1.8", "v1.9", "v1.10", "v1.11", "v1.12"],
  // Only what is whole and what clients ask for by this name: Element Web before it offers to search for spaces, the SDKs before they
  // take files with a token, and before they use profile fields of a server that does not list v1.16.
  unstable_features: { "org.matrix.msc3827.stable": true, "org.matrix.msc3916.stable": true, "uk.tcpip.msc4133.stable": true },
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

type Names = "getVersions" | "getWellknown" | "getWellknownSupport" | "getCapabilities";

export function discoveryHandlers({ config }: HandlerDeps): Pick<Handlers, Names> {
  // From the configuration, never from the Host header, which an attacker could choose.
  const wellKnown = { "m.homeserver": { base_url: config.publicBaseUrl } };
  const support = supportDocument(config.support);
  return {
    getWellknownSupport() {
      if (support === undefined) throw new MatrixError("M_NOT_FOUND", "This server names nobody to ask.");
      return support;
    },
    getVersions: () => versions,
    getWellknown: () => wellKnown,
    getCapabilities: () => capabilities,
  };
}

/** Undefined where the configuration names nobody: the specification then wants 404 and no empty list. */
function supportDocument({ admin, security, page }: SupportContacts = {}) {
  if (admin === undefined && security === undefined && page === undefined) return undefined;
  const contacts = [contactOf("m.role.admin", admin), contactOf("m.role.security", security)].filter((contact) => contact !== undefined);
  return { contacts, ...(page === undefined ? {} : { support_page: page }) };
}

function contactOf(role: string, address: string | undefined) {
  if (address === undefined) return undefined;
  return address.startsWith("@") ? { matrix_id: address, role } : { email_address: address, role };
}
