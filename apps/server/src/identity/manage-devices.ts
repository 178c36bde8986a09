import { actedBy, MatrixError } from "#kernel";
import { personScope } from "#keys";
import { Conflict, position } from "#storage";
import { checkDevice } from "./check-input.ts";
import type { Identity } from "./contract.ts";
import { DEVICES_PER_BATCH, removeDevice } from "./end-sessions.ts";
import type { IdentityParts } from "./identity-parts.ts";

type Doors = Pick<Identity, "listDevices" | "listDeviceIds" | "getDevice" | "expectDevice" | "renameDevice" | "removeDevices">;

export function createManageDevices(parts: IdentityParts): Doors {
  const { devices, lanes } = parts;
  return {
    listDevices: (userId) => devices.list(userId),
    listDeviceIds: (userId) => devices.listIds(userId),
    async getDevice(userId, deviceId) {
      const device = await devices.find(userId, deviceId);
      if (device === undefined) throw noSuchDevice();
      return device;
    },
    expectDevice: (userId, deviceId) => devices.expectExists(userId, deviceId),
    async renameDevice(actor, deviceId, displayName) {
      checkDevice({ displayName });
      await parts.keys.ensure([personScope(actor.userId)]);
      await rename(parts, actor, deviceId, displayName);
    },
    removeDevices: (actor, deviceIds) => lanes.run(actor.userId, () => remove(parts, actor, deviceIds)),
  };
}

const noSuchDevice = (): MatrixError => new MatrixError("M_NOT_FOUND", "You have no such device.");

// Without the lane: no decision is taken here, and the row's own expectation says whether the device is there.
async function rename(parts: IdentityParts, actor: Parameters<Doors["renameDevice"]>[0], deviceId: string, name: string): Promise<void> {
  const { userId } = actor;
  const writes = [
    parts.devices.rename(userId, deviceId, name),
    ...parts.onDeviceChanged.flatMap((contribute) => contribute(userId, deviceId, position())),
    ...parts.audit.writes({ event: "device.renamed", ...actedBy(actor), target: deviceId, outcome: "done" }),
  ];
  try {
    await parts.storage.commit({ writes, positions: 1 }, ({ first }) => parts.deviceChanges.tell(userId, first));
  } catch (error) {
    throw error instanceof Conflict ? noSuchDevice() : error;
  }
}

async function remove(parts: IdentityParts, actor: Parameters<Doors["removeDevices"]>[0], deviceIds: readonly string[]): Promise<void> {
  const { userId } = actor;
  const asked = new Set(deviceIds);
  const found = (await parts.devices.listIds(userId)).filter((deviceId) => asked.has(deviceId));
  // The device that asks goes last: if the server stops on the way, it can ask again.
  const ending = [...found.filter((deviceId) => deviceId !== actor.deviceId), ...found.filter((deviceId) => deviceId === actor.deviceId)];
  for (let start = 0; start < ending.length; start += DEVICES_PER_BATCH) {
    const chunk = new Set(ending.slice(start, start + DEVICES_PER_BATCH));
    const writes = [...chunk].flatMap((deviceId) => [
      ...removeDevice(parts, userId, deviceId),
      ...parts.audit.writes({ event: "device.deleted", ...actedBy(actor), target: deviceId, outcome: "done" }),
    ]);
    await parts.storage.commit({ writes, positions: 1 }, ({ first }) => {
      parts.cache.revoke(userId, (candidate) => chunk.has(candidate));
      parts.deviceChanges.tell(userId, first);
    });
  }
}
