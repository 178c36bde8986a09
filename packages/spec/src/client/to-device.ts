import * as v from "valibot";
import { endpoint, json } from "../endpoint.ts";
import { empty, eventType, jsonObject, noQuery, transactionId } from "../fields.ts";

export const sendToDevice = endpoint({
  method: "PUT",
  path: "/_matrix/client/v3/sendToDevice/{eventType}/{txnId}",
  spec: "put_matrixclientv3sendtodeviceeventtypetxnid",
  module: "e2ee",
  params: v.object({ eventType, txnId: transactionId }),
  query: noQuery,
  // The Rust SDK puts up to 250 messages of one to two kilobytes into one request.
  body: json(v.object({ messages: jsonObject }), { maxBytes: 1024 * 1024 }),
  response: empty,
  auth: "token",
  policy: { action: "to-device.send", who: "account", resource: "server" },
  audit: "to-device.sent",
  limit: "send",
  errors: ["M_USER_DEACTIVATED"],
});
