import { route } from "@wardroom/testkit";
import { makeRoom } from "../room-steps.test-support.ts";
import type { Examples } from "./scene.test-support.ts";

export const upgradeRoomExamples: Examples = {
  upgradeRoom: async ({ me }) => me.post(route`/rooms/${await makeRoom(me)}/upgrade`, { new_version: "12" }),
};
