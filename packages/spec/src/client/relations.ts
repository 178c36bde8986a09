import * as v from "valibot";
import { endpoint, none, raw } from "../endpoint.ts";
import { eventId, eventType, longText, name, queryBoolean, queryCount, queryInteger, roomId, token } from "../fields.ts";

const relType = v.pipe(name, v.nonEmpty("is empty"));
const reads = {
  method: "GET",
  module: "rooms",
  body: none("reads"),
  auth: "token",
  audit: none("an ordinary read; history visibility is checked in rooms"),
  limit: "read",
  heavy: true,
} as const;

const relations = {
  ...reads,
  query: v.object({
    dir: v.optional(v.picklist(["b", "f"]), "b"),
    from: v.optional(token),
    to: v.optional(token),
    limit: v.optional(queryCount),
    recurse: v.optional(queryBoolean),
  }),
  response: raw("{ chunk: ClientEvent[], next_batch?, prev_batch?, recursion_depth? }"),
  policy: { action: "room.relations.read", who: "account", resource: "roomId" },
  errors: ["M_NOT_FOUND"],
} as const;

export const getRelatingEvents = endpoint({
  ...relations,
  path: "/_matrix/client/v1/rooms/{roomId}/relations/{eventId}",
  spec: "get_matrixclientv1roomsroomidrelationseventid",
  params: v.object({ roomId, eventId }),
});

export const getRelatingEventsWithRelType = endpoint({
  ...relations,
  path: "/_matrix/client/v1/rooms/{roomId}/relations/{eventId}/{relType}",
  spec: "get_matrixclientv1roomsroomidrelationseventidreltype",
  params: v.object({ roomId, eventId, relType }),
});

export const getRelatingEventsWithRelTypeAndEventType = endpoint({
  ...relations,
  path: "/_matrix/client/v1/rooms/{roomId}/relations/{eventId}/{relType}/{eventType}",
  spec: "get_matrixclientv1roomsroomidrelationseventidreltypeeventtype",
  params: v.object({ roomId, eventId, relType, eventType }),
});

export const getThreadRoots = endpoint({
  ...reads,
  path: "/_matrix/client/v1/rooms/{roomId}/threads",
  spec: "get_matrixclientv1roomsroomidthreads",
  params: v.object({ roomId }),
  query: v.object({
    include: v.optional(v.picklist(["all", "participated"]), "all"),
    limit: v.optional(v.pipe(queryInteger, v.minValue(1, "is less than 1"))),
    from: v.optional(token),
  }),
  response: raw("{ chunk: ClientEvent[], next_batch? }"),
  policy: { action: "room.threads.read", who: "account", resource: "roomId" },
  errors: ["M_FORBIDDEN"],
});

export const getEventContext = endpoint({
  ...reads,
  path: "/_matrix/client/v3/rooms/{roomId}/context/{eventId}",
  spec: "get_matrixclientv3roomsroomidcontexteventid",
  params: v.object({ roomId, eventId }),
  query: v.object({ limit: v.optional(queryCount), filter: v.optional(longText) }),
  response: raw("{ start, end, events_before, event, events_after, state }"),
  policy: { action: "room.context.read", who: "account", resource: "roomId" },
  errors: ["M_NOT_FOUND"],
});

export const getEventByTimestamp = endpoint({
  ...reads,
  heavy: false,
  path: "/_matrix/client/v1/rooms/{roomId}/timestamp_to_event",
  spec: "get_matrixclientv1roomsroomidtimestamp_to_event",
  params: v.object({ roomId }),
  query: v.object({ ts: queryInteger, dir: v.picklist(["b", "f"]) }),
  response: raw("{ event_id, origin_server_ts }"),
  policy: { action: "room.event.read", who: "account", resource: "roomId" },
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});
