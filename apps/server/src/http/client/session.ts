import type { BodyOf, Endpoints } from "@wardroom/spec";
import { MatrixError, UNKNOWN } from "#kernel";
import type { HandlerDeps, Handlers } from "../handler.ts";

type Names = "getLoginFlows" | "login" | "logout" | "logoutAll" | "whoami";

const flows = { flows: [{ type: "m.login.password" }] };

export function sessionHandlers({ identity, limits, audit, config }: HandlerDeps): Pick<Handlers, Names> {
  return {
    getLoginFlows: () => flows,

    async login({ body, address }) {
      const { user, password } = credentialsOf(body);
      const refused = { event: "session.created", actor: UNKNOWN, address, outcome: "refused", reason: "too-many-tries" } as const;
      limits.login(address, limitKey(user, config.serverName), () => audit.refused(refused));
      const result = await identity.loginWithPassword({ user, password, ...deviceOf(body), address });
      return {
        user_id: result.userId,
        access_token: result.accessToken,
        device_id: result.deviceId,
        well_known: { "m.homeserver": { base_url: config.publicBaseUrl } },
      };
    },

    async logout({ actor }) {
      await identity.logout(actor);
      return {};
    },

    async logoutAll({ actor }) {
      await identity.logoutAll(actor.userId, { by: actor });
      return {};
    },

    whoami: ({ actor }) => ({ user_id: actor.userId, device_id: actor.deviceId, is_guest: false }),
  };
}

/** The device that a body of login or register asks for. */
export function deviceOf(body: { readonly device_id?: string | undefined; readonly initial_device_display_name?: string | undefined }): {
  readonly deviceId?: string;
  readonly displayName?: string;
} {
  return {
    ...(body.device_id === undefined ? {} : { deviceId: body.device_id }),
    ...(body.initial_device_display_name === undefined ? {} : { displayName: body.initial_device_display_name }),
  };
}

function credentialsOf(body: BodyOf<Endpoints["login"]>): { readonly user: string; readonly password: string } {
  if (body.type !== "m.login.password") throw new MatrixError("M_UNKNOWN", "This type of login is not offered; see GET /login.");
  if (body.identifier !== undefined && body.identifier.type !== "m.id.user") {
    // Addresses of third parties belong to no account here: the same answer as for a wrong name.
    if (body.identifier.type === "m.id.thirdparty" || body.identifier.type === "m.id.phone") {
      throw new MatrixError("M_FORBIDDEN", "Wrong user name or password.");
    }
    throw new MatrixError("M_UNKNOWN", "This type of identifier is not known.");
  }
  const user = body.identifier === undefined ? body.user : body.identifier.user;
  if (user === undefined || body.password === undefined) throw new MatrixError("M_MISSING_PARAM", "A user name and a password are needed.");
  return { user, password: body.password };
}

/** All spellings of one name share one bucket: `Alice`, `alice` and `@alice:server`. No name is longer than 255 bytes. */
function limitKey(user: string, serverName: string): string {
  const ending = `:${serverName}`;
  const localpart = user.startsWith("@") && user.endsWith(ending) ? user.slice(1, -ending.length) : user;
  return localpart.slice(0, 255).toLowerCase();
}
