import { ok, textAt } from "@wardroom/testkit";
import type { Examples } from "./scene.test-support.ts";

export const keyChangesExamples: Examples = {
  async getKeysChanges({ me }) {
    const now = textAt(ok(await me.get("/sync", { timeout: "0" })), "next_batch");
    return me.get("/keys/changes", { from: now, to: now });
  },
};
