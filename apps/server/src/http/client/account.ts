import { MatrixError } from "#kernel";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { requirePassword } from "./require-password.ts";
import { deviceOf } from "./session.ts";

type Names = "register" | "checkUsernameAvailability" | "changePassword" | "deactivateAccount";

export function accountHandlers(deps: HandlerDeps): Pick<Handlers, Names> {
  const { identity, rooms, config } = deps;
  const requireOpen = () => {
    if (config.profile !== "conformance")
      throw new MatrixError("M_FORBIDDEN", "Registration is closed. Ask your administrator for an account.");
  };
  return {
    async register({ query, body, address }) {
      if (query.kind === "guest") throw new MatrixError("M_FORBIDDEN", "There are no guest accounts here.");
      requireOpen();
      const { username, password } = body;
      // Asked before the stages, so that nobody walks through them for a name that is taken.
      if (username !== undefined && !(await identity.isAvailable(username)))
        throw new MatrixError("M_USER_IN_USE", "This user name is taken.");
      await identity.uia.require({ endpoint: "register", body, flows: [["m.login.dummy"]], address, admitTry: () => {} });
      const { userId } = await identity.createAccount({
        ...(username === undefined ? {} : { localpart: username }),
        ...(password === undefined ? {} : { password }),
        address,
      });
      if (body.inhibit_login === true) return { user_id: userId };
      const session = await identity.createSession(userId, deviceOf(body), { address });
      return { user_id: userId, access_token: session.accessToken, device_id: session.deviceId };
    },

    async checkUsernameAvailability({ query }) {
      requireOpen();
      if (!(await identity.isAvailable(query.username))) throw new MatrixError("M_USER_IN_USE", "This user name is taken.");
      return { available: true };
    },

    async changePassword({ actor, body }) {
      await requirePassword(deps, actor, "changePassword", body);
      // Whoever changes a password because it was stolen wants the thief out: the default of the specification.
      const endsOthers = body.logout_devices ?? true;
      const ending = endsOthers ? { endSessions: { exceptDeviceId: actor.deviceId } } : {};
      await identity.setPassword(actor.userId, body.new_password, { ...ending, by: actor });
      return {};
    },

    async deactivateAccount({ actor, body }) {
      await requirePassword(deps, actor, "deactivateAccount", body);
      const deactivate = () => identity.deactivateAccount(actor.userId, { by: actor });
      await rooms.leaveForGood(actor, { erases: body.erase === true, deactivate });
      // No address is bound anywhere in this person's name, so that there is nothing to undo.
      return { id_server_unbind_result: "success" };
    },
  };
}
