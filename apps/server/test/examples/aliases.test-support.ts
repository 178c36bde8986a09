import { route } from "@wardroom/testkit";
import type { Examples } from "./scene.test-support.ts";

export const aliasesExamples: Examples = {
  setRoomAlias: ({ me, room }) => me.put(route`/directory/room/${"#example:localhost"}`, { room_id: room }),
  getLocalAliases: ({ me, room }) => me.get(route`/rooms/${room}/aliases`),
  async deleteRoomAlias({ me, room }) {
    await me.put(route`/directory/room/${"#for-a-while:localhost"}`, { room_id: room });
    return me.request("DELETE", route`/directory/room/${"#for-a-while:localhost"}`);
  },
};
