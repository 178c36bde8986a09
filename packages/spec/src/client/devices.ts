import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, jsonObject, name, noParams, noQuery } from "../fields.ts";

const auth = v.optional(jsonObject);
const deviceId = name;
const params = v.object({ deviceId });
const device = v.object({
  device_id: v.string(),
  display_name: v.optional(v.string()),
  last_seen_ts: v.optional(v.number()),
  last_seen_ip: v.optional(v.string()),
});
const ownDevices = none("reads one's own");
/** An account has 500. */
const MOST_DEVICES = 1000;

export const getDevices = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/devices",
  spec: "get_matrixclientv3devices",
  module: "identity",
  params: noParams,
  query: noQuery,
  body: none("reads"),
  response: v.object({ devices: v.array(device) }),
  auth: "token",
  policy: { action: "device.read", who: "account", resource: "server" },
  audit: ownDevices,
  limit: "read",
  errors: [],
});

export const getDevice = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/devices/{deviceId}",
  spec: "get_matrixclientv3devicesdeviceid",
  module: "identity",
  params,
  query: noQuery,
  body: none("reads"),
  response: device,
  auth: "token",
  policy: { action: "device.read", who: "account", resource: "server" },
  audit: ownDevices,
  limit: "read",
  errors: ["M_NOT_FOUND"],
});

export const updateDevice = endpoint({
  method: "PUT",
  path: "/_matrix/client/v3/devices/{deviceId}",
  spec: "put_matrixclientv3devicesdeviceid",
  module: "identity",
  params,
  query: noQuery,
  body: json(v.object({ display_name: v.optional(name) })),
  response: empty,
  auth: "token",
  policy: { action: "device.rename", who: "account", resource: "server" },
  audit: "device.renamed",
  limit: "write",
  errors: ["M_NOT_FOUND"],
});

export const deleteDevice = endpoint({
  method: "DELETE",
  path: "/_matrix/client/v3/devices/{deviceId}",
  spec: "delete_matrixclientv3devicesdeviceid",
  module: "identity",
  params,
  query: noQuery,
  body: json(v.object({ auth }), { optional: true }),
  response: empty,
  auth: "token+uia",
  policy: { action: "device.delete", who: "account", resource: "server" },
  audit: "device.deleted",
  limit: "uia",
  errors: ["M_FORBIDDEN"],
});

export const deleteDevices = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/delete_devices",
  spec: "post_matrixclientv3delete_devices",
  module: "identity",
  params: noParams,
  query: noQuery,
  body: json(v.object({ auth, devices: v.pipe(v.array(name), v.maxLength(MOST_DEVICES, `more than ${MOST_DEVICES} devices`)) })),
  response: empty,
  auth: "token+uia",
  policy: { action: "device.delete", who: "account", resource: "server" },
  audit: "device.deleted",
  limit: "uia",
  errors: ["M_FORBIDDEN"],
});
