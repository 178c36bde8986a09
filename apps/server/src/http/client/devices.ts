import type { Device } from "#identity";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { requirePassword } from "./require-password.ts";

type Names = "getDevices" | "getDevice" | "updateDevice" | "deleteDevice" | "deleteDevices";

export function devicesHandlers(deps: HandlerDeps): Pick<Handlers, Names> {
  const { identity } = deps;
  return {
    getDevices: async ({ actor }) => ({ devices: (await identity.listDevices(actor.userId)).map(present) }),

    getDevice: async ({ actor, params }) => present(await identity.getDevice(actor.userId, params.deviceId)),

    async updateDevice({ actor, params, body }) {
      if (body.display_name === undefined) await identity.getDevice(actor.userId, params.deviceId);
      else await identity.renameDevice(actor, params.deviceId, body.display_name);
      return {};
    },

    // Whether there is such a device is looked at only when the password was right, and changes nothing of the answer.
    async deleteDevice({ actor, params, body }) {
      // The path is part of what is confirmed: the password given for one device deletes no other.
      await requirePassword(deps, actor, `deleteDevice ${params.deviceId}`, body);
      await identity.removeDevices(actor, [params.deviceId]);
      return {};
    },

    async deleteDevices({ actor, body }) {
      await requirePassword(deps, actor, "deleteDevices", body);
      await identity.removeDevices(actor, body.devices);
      return {};
    },
  };
}

function present({ deviceId, displayName }: Device) {
  return { device_id: deviceId, ...(displayName === undefined ? {} : { display_name: displayName }) };
}
