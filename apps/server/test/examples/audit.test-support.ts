import { head, newest, placeOf, tilesOf, tryAudit, untilSigned } from "../audit-steps.test-support.ts";
import type { Examples } from "./scene.test-support.ts";

export const auditExamples: Examples = {
  searchAudit: ({ administrator }) => tryAudit(administrator, "entries", { code: "room.*", limit: "3" }),
  getAuditEntry: async ({ administrator, room }) => tryAudit(administrator, placeOf(await newest(administrator, { room }))),
  async proveAuditEntry({ administrator, room }) {
    const entry = await untilSigned(administrator, await newest(administrator, { room }));
    return tryAudit(administrator, `${placeOf(entry)}/proof`);
  },
  getAuditState: ({ administrator }) => tryAudit(administrator, "state"),
  verifyAudit: ({ administrator }) => tryAudit(administrator, "verify"),
  getAuditCheckpoint: ({ administrator }) => tryAudit(administrator, "logs/1/checkpoint"),
  async getAuditTile({ administrator }) {
    const [tile = ""] = tilesOf("entries", (await head(administrator)).size);
    return tryAudit(administrator, `logs/1/tile/${tile}`);
  },
};
