import { route } from "@wardroom/testkit";
import type { Examples } from "./scene.test-support.ts";

export const relationsExamples: Examples = {
  getRelatingEvents: ({ me, room, event }) => me.get(route`/_matrix/client/v1/rooms/${room}/relations/${event}`),
  getRelatingEventsWithRelType: ({ me, room, event }) => me.get(route`/_matrix/client/v1/rooms/${room}/relations/${event}/m.thread`),
  getRelatingEventsWithRelTypeAndEventType: ({ me, room, event }) =>
    me.get(route`/_matrix/client/v1/rooms/${room}/relations/${event}/m.annotation/m.reaction`),
  getThreadRoots: ({ me, room }) => me.get(route`/_matrix/client/v1/rooms/${room}/threads`),
  getEventContext: ({ me, room, event }) => me.get(route`/rooms/${room}/context/${event}`),
  getEventByTimestamp: ({ me, room }) => me.get(route`/_matrix/client/v1/rooms/${room}/timestamp_to_event`, { ts: "0", dir: "f" }),
};
