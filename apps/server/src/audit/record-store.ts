import type { AuditRecord } from "#kernel";
import type { Statements, Write } from "#storage";
import type { StoredAuditRecord } from "./contract.ts";

interface AuditRow {
  readonly id: string;
  readonly at: number;
  readonly event: AuditRecord["event"];
  readonly actor: string;
  readonly device_id: string | null;
  readonly room_id: string | null;
  readonly target: string | null;
  readonly event_id: string | null;
  readonly outcome: string;
  readonly reason: string | null;
  readonly count: number;
}

export interface RecordStore {
  insert(id: string, record: StoredAuditRecord): Write;
  /** Newest first. */
  list(limit: number): Promise<readonly StoredAuditRecord[]>;
}

// Ids fit into 255 bytes each; a longer text comes from a request that was refused and must not fill the log.
const MAX_CHARACTERS = 255;
const bounded = (text: string): string => (text.length <= MAX_CHARACTERS ? text : text.slice(0, MAX_CHARACTERS).toWellFormed());
const optional = (text: string | undefined): string | null => (text === undefined ? null : bounded(text));

export function createRecordStore(statements: Statements): RecordStore {
  const insert = statements.write<{ audit_records: AuditRow }, AuditRow>((db, p) =>
    db.insertInto("audit_records").values({
      id: p.id,
      at: p.at,
      event: p.event,
      actor: p.actor,
      device_id: p.device_id,
      room_id: p.room_id,
      target: p.target,
      event_id: p.event_id,
      outcome: p.outcome,
      reason: p.reason,
      count: p.count,
    }),
  );
  const newest = statements.read<{ audit_records: AuditRow }, { limit: number }, AuditRow>((db, p) =>
    db.selectFrom("audit_records").selectAll().orderBy("id", "desc").limit(p.limit),
  );
  return {
    insert: (id, { at, event, actor, deviceId, roomId, target, eventId, outcome, reason, count }) =>
      insert(
        {
          id,
          at,
          event,
          actor: bounded(actor),
          device_id: optional(deviceId),
          room_id: optional(roomId),
          target: optional(target),
          event_id: optional(eventId),
          outcome,
          reason: optional(reason),
          count,
        },
        1,
      ),
    list: async (limit) => (await newest.all({ limit })).map(present),
  };
}

function present(row: AuditRow): StoredAuditRecord {
  return {
    at: row.at,
    event: row.event,
    actor: row.actor,
    ...(row.device_id === null ? {} : { deviceId: row.device_id }),
    ...(row.room_id === null ? {} : { roomId: row.room_id }),
    ...(row.target === null ? {} : { target: row.target }),
    ...(row.event_id === null ? {} : { eventId: row.event_id }),
    outcome: row.outcome === "done" ? "done" : "refused",
    ...(row.reason === null ? {} : { reason: row.reason }),
    count: row.count,
  };
}
