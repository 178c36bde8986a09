import { parsePath } from "@wardroom/merkle-log";
import type { LogReport, OpenedEntry } from "#audit";
import { actedBy, MatrixError } from "#kernel";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { withoutUndefined } from "../client/without-undefined.ts";
import { logFile } from "./log-file.ts";

type Names = "searchAudit" | "getAuditEntry" | "proveAuditEntry" | "getAuditState" | "verifyAudit" | "getAuditCheckpoint" | "getAuditTile";

const PAGE = 100;

/** Every read is recorded by the log itself before it tells anything. */
export function auditHandlers({ audit }: HandlerDeps): Pick<Handlers, Names> {
  return {
    async searchAudit({ actor, query }) {
      const { entries, next } = await audit.search(actedBy(actor), { ...withoutUndefined(query), limit: query.limit ?? PAGE });
      return { entries: entries.map(shown), ...(next === undefined ? {} : { next_batch: next }) };
    },

    getAuditEntry: async ({ actor, params }) => shown(await audit.show(actedBy(actor), params)),

    async proveAuditEntry({ actor, params }) {
      const { proof, entry } = await audit.prove(actedBy(actor), params);
      return { proof, entry: Buffer.from(entry).toString("base64") };
    },

    async getAuditState({ actor }) {
      const { logs, unsigned, stopped, secondPlace } = await audit.state(actedBy(actor));
      return { logs: [...logs], unsigned, ...withoutUndefined({ stopped, second_place: secondPlace }) };
    },

    async verifyAudit({ actor }) {
      const { logs, faults, warnings } = await audit.verify(actedBy(actor));
      return { logs: logs.map(reported), faults: [...faults], warnings: [...warnings] };
    },

    getAuditCheckpoint: async ({ actor, params: { log } }) =>
      logFile("text/plain; charset=utf-8", await audit.readFile(actedBy(actor), log, "checkpoint")),

    async getAuditTile({ actor, params: { log, path } }) {
      const name = `tile/${path}`;
      // Before anything looks for it: what comes from an address goes no further than its one spelling.
      if (parsePath(name) === undefined) throw new MatrixError("M_NOT_FOUND", "There is no such tile.");
      return logFile("application/octet-stream", await audit.readFile(actedBy(actor), log, name));
    },
  };
}

function shown({ asAdministrator, deviceId, roomId, eventId, erased, ...same }: OpenedEntry) {
  const renamed = { as_administrator: asAdministrator, device_id: deviceId, room_id: roomId, event_id: eventId };
  return { ...same, ...withoutUndefined(renamed), erased: [...erased] };
}

function reported({ lastTime, faults, ...same }: LogReport) {
  return { ...same, faults: [...faults], ...withoutUndefined({ last_time: lastTime }) };
}
