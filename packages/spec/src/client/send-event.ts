import * as v from "valibot";
import { endpoint, eventJson, json } from "../endpoint.ts";
import { eventId, eventType, jsonObject, longText, noQuery, roomId, stateKey, transactionId } from "../fields.ts";

const sent = v.object({ event_id: v.string() });

export const sendMessage = endpoint({
  method: "PUT",
  path: "/_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}",
  spec: "put_matrixclientv3roomsroomidsendeventtypetxnid",
  module: "rooms",
  params: v.object({ roomId, eventType, txnId: transactionId }),
  query: noQuery,
  body: eventJson(jsonObject),
  response: sent,
  auth: "token",
  policy: { action: "room.message.send", who: "account", resource: "roomId" },
  audit: "room.message.sent",
  limit: "send",
  errors: ["M_DUPLICATE_ANNOTATION", "M_FORBIDDEN", "M_NOT_FOUND", "M_UNKNOWN"],
});

export const setRoomState = endpoint({
  method: "PUT",
  path: "/_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}",
  // An empty state key is written with and without the last slash.
  aliases: ["/_matrix/client/v3/rooms/{roomId}/state/{eventType}", "/_matrix/client/v3/rooms/{roomId}/state/{eventType}/"],
  spec: "put_matrixclientv3roomsroomidstateeventtypestatekey",
  module: "rooms",
  params: v.object({ roomId, eventType, stateKey: v.optional(stateKey, "") }),
  query: noQuery,
  body: eventJson(jsonObject),
  response: sent,
  auth: "token",
  policy: { action: "room.state.send", who: "account", resource: "roomId" },
  audit: "room.state.set",
  limit: "write",
  errors: ["M_BAD_ALIAS", "M_DUPLICATE_ANNOTATION", "M_FORBIDDEN", "M_NOT_FOUND", "M_UNKNOWN"],
});

export const redactEvent = endpoint({
  method: "PUT",
  path: "/_matrix/client/v3/rooms/{roomId}/redact/{eventId}/{txnId}",
  spec: "put_matrixclientv3roomsroomidredacteventidtxnid",
  module: "rooms",
  params: v.object({ roomId, eventId, txnId: transactionId }),
  query: noQuery,
  // @NOTSPEC: `null` for no reason. Hydrogen sends that when it takes back a reaction.
  body: json(v.object({ reason: v.nullish(longText) }), { optional: true }),
  response: sent,
  auth: "token",
  policy: { action: "room.event.redact", who: "account", resource: "roomId" },
  audit: "room.event.redacted",
  limit: "send",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});
