import { route } from "@wardroom/testkit";
import type { Examples } from "./scene.test-support.ts";

export const roomDirectoryExamples: Examples = {
  setRoomVisibilityOnDirectory: ({ me, room }) => me.put(route`/directory/list/room/${room}`, { visibility: "public" }),
  getRoomVisibilityOnDirectory: ({ me, room }) => me.get(route`/directory/list/room/${room}`),
  getPublicRooms: ({ me }) => me.get("/publicRooms", { limit: "5" }),
  queryPublicRooms: ({ me }) => me.post("/publicRooms", { filter: { generic_search_term: "example" } }),
  getRoomSummary: ({ me, alias }) => me.get(route`/_matrix/client/v1/room_summary/${alias}`),
  getSpaceHierarchy: ({ me, room }) => me.get(route`/_matrix/client/v1/rooms/${room}/hierarchy`),
};
