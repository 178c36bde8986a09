import type { Migration } from "#storage";

export const auditMigrations: readonly Migration[] = [
  {
    id: "audit-0001-records",
    sql: [
      `CREATE TABLE audit_records (
        id TEXT PRIMARY KEY,
        at BIGINT NOT NULL,
        event TEXT NOT NULL,
        actor TEXT NOT NULL,
        device_id TEXT,
        room_id TEXT,
        target TEXT,
        event_id TEXT,
        outcome TEXT NOT NULL,
        reason TEXT,
        count BIGINT NOT NULL
      )`,
    ],
  },
];
