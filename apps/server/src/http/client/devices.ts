import type { Device } from "#identity";
import type { HandlerDeps, Handlers } from "../handler.ts";

type Names = "getDevices" | "getDevice" | "updateDevice" | "deleteDevice" | "deleteDevices";

const flows = [["m.login.password"]];

export function devicesHandlers({ identity }: HandlerDeps): Pick<Handlers, Names> {
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
      const { userId, deviceId } = actor;
      // The path is part of what is confirmed: the password given for one device deletes no other.
      const endpoint = `deleteDevice ${params.deviceId}`;
      await identity.uia.require({ endpoint, userId, deviceId, body, flows });
      await identity.removeDevices(actor, [params.deviceId]);
      return {};
    },

    async deleteDevices({ actor, body }) {
      const { userId, deviceId } = actor;
      await identity.uia.require({ endpoint: "deleteDevices", userId, deviceId, body, flows });
      await identity.removeDevices(actor, body.devices);
      return {};
    },
  };
}

function present({ deviceId, displayName }: Device) {
  return { device_id: deviceId, ...(displayName === undefined ? {} : { display_name: displayName }) };
}
