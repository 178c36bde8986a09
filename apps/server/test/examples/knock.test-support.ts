import { makeRoom } from "../room-steps.test-support.ts";
import type { Examples } from "./scene.test-support.ts";
import { route } from "@wardroom/testkit";

export const knockExamples: Examples = {
  async knockRoom({ me, guest }) {
    const initial_state = [{ type: "m.room.join_rules", content: { join_rule: "knock" } }];
    return me.post(route`/knock/${await makeRoom(guest, { initial_state })}`, { reason: "an example" });
  },
};
