import assert from "node:assert/strict";
import { at, ok, textAt } from "@wardroom/testkit";
import { audit, newestEntry, signedEntry } from "../audit-steps.test-support.ts";
import type { Examples } from "./scene.test-support.ts";

export const auditExamples: Examples = {
  searchAudit: ({ administrator }) => administrator.get(audit("entries"), { limit: "3" }),
  getAuditEntry: async ({ administrator }) => administrator.get(audit(await newestEntry(administrator))),
  proveAuditEntry: async ({ administrator }) => administrator.get(audit(await signedEntry(administrator), "proof")),
  getAuditState: ({ administrator }) => administrator.get(audit("state")),
  getAuditCheckpoint: ({ administrator }) => administrator.get(audit("logs/1/checkpoint")),
  async getAuditTile({ administrator }) {
    const [size = 0] = []; // replaced below
    return administrator.get(audit(`logs/1/tile/0/000.p/${size}`));
  },
};
