import { route } from "@wardroom/testkit";
import type { Examples } from "./scene.test-support.ts";

export const reportsExamples: Examples = {
  reportRoom: ({ me, room }) => me.post(route`/rooms/${room}/report`, { reason: "an example" }),
  reportEvent: ({ me, room, event }) => me.post(route`/rooms/${room}/report/${event}`, { reason: "an example" }),
  reportUser: ({ me, guest }) => me.post(route`/users/${guest.userId}/report`, { reason: "an example" }),
};
