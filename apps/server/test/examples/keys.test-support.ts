import { newCrossSigningKeys, newDeviceKeys } from "../../src/e2ee/client-keys.test-support.ts";
import type { Examples } from "./scene.test-support.ts";

export const keysExamples: Examples = {
  uploadKeys({ me }) {
    const device = newDeviceKeys(me);
    return me.post("/keys/upload", {
      device_keys: device.deviceKeys,
      one_time_keys: device.oneTimeKeys("A"),
      fallback_keys: device.fallbackKey("F"),
    });
  },
  queryKeys: ({ me, guest }) => me.post("/keys/query", { device_keys: { [me.userId]: [], [guest.userId]: [] }, timeout: 10_000 }),
  claimKeys: ({ me }) => me.post("/keys/claim", { one_time_keys: { [me.userId]: { [me.deviceId]: "signed_curve25519" } } }),
  uploadCrossSigningKeys: ({ me }) => me.post("/keys/device_signing/upload", newCrossSigningKeys(me.userId).keys),
  uploadCrossSigningSignatures: ({ me }) => me.post("/keys/signatures/upload", { [me.userId]: { UNKNOWN: {} } }),
};
