import { type Keys, personScope } from "#keys";

// The whole key of the row, so that one device's name cannot be moved under another's id.
const associated = (userId: string, deviceId: string): string => `devices\u0000${userId}\u0000${deviceId}\u0000display_name`;

/** The person's key must exist. */
export const sealDeviceName = (keys: Keys, userId: string, deviceId: string, name: string): Uint8Array =>
  keys.seal(personScope(userId), associated(userId, deviceId), name);

/** Undefined if the person was erased. */
export function openDeviceName(keys: Keys, userId: string, deviceId: string, sealed: Uint8Array): string | undefined {
  const name = keys.open(personScope(userId), associated(userId, deviceId), sealed);
  return name === undefined ? undefined : Buffer.from(name).toString();
}
