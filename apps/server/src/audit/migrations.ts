import { type Migration, positionKey } from "#storage";

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
  {
    // The plain table goes: it held ids in clear, and whoever could write it could rewrite it.
    id: "audit-0002-log",
    sql: [
      `DROP TABLE audit_records`,
      // Numbered over all logs; the number comes from the commit.
      `CREATE TABLE audit_entries (n ${positionKey}, entry BLOB NOT NULL)`,
      // vkey: the public key; entry_count: how many entries the tree holds; note: the last signed checkpoint, empty before the first.
      `CREATE TABLE audit_logs (
        log BIGINT PRIMARY KEY,
        origin TEXT NOT NULL,
        vkey TEXT NOT NULL,
        first_entry BIGINT NOT NULL,
        entry_count BIGINT NOT NULL,
        note TEXT NOT NULL
      )`,
      // Full tiles only; what stands at the right edge is made from the entries.
      `CREATE TABLE audit_tiles (log BIGINT NOT NULL, level BIGINT NOT NULL, tile BIGINT NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (log, level, tile))`,
      // The index: made from the entries, never the truth. Tokens are base64, as in the entries.
      `CREATE TABLE audit_places (
        n ${positionKey},
        time BIGINT NOT NULL,
        code TEXT NOT NULL,
        outcome TEXT NOT NULL,
        actor TEXT,
        target TEXT,
        room TEXT
      )`,
      // Each ends in n by itself. Messages, which are most of it, are found by time: a list of them by code would be paid with each.
      `CREATE INDEX audit_places_by_time ON audit_places (time)`,
      `CREATE INDEX audit_places_by_code ON audit_places (code, time) WHERE code <> 'room.message.sent'`,
      `CREATE INDEX audit_places_by_actor ON audit_places (actor, time) WHERE actor IS NOT NULL`,
      `CREATE INDEX audit_places_by_target ON audit_places (target, time) WHERE target IS NOT NULL`,
      `CREATE INDEX audit_places_by_room ON audit_places (room, time) WHERE room IS NOT NULL`,
    ],
  },
];
