import { type Migration, positionKey } from "#storage";

/** Tables of this module, oldest step first. A step that has shipped is never edited. */
export const roomMigrations: readonly Migration[] = [
  {
    id: "0040-rooms",
    sql: [
      `CREATE TABLE rooms (
        room_id TEXT PRIMARY KEY NOT NULL,
        version TEXT NOT NULL,
        head TEXT NOT NULL,
        depth BIGINT NOT NULL,
        position BIGINT NOT NULL,
        epoch BIGINT NOT NULL,
        is_public SMALLINT NOT NULL
      )`,
      // `kept` survives redaction and is sealed under the room's key; `removed` is what redaction takes, under the person's.
      `CREATE TABLE events (
        position ${positionKey},
        event_id TEXT NOT NULL UNIQUE,
        room_id TEXT NOT NULL,
        type TEXT NOT NULL,
        sender TEXT NOT NULL,
        state_key TEXT,
        counts SMALLINT NOT NULL,
        kept BYTEA NOT NULL,
        removed BYTEA,
        replaces TEXT,
        redacted_by TEXT,
        device_id TEXT,
        txn TEXT
      )`,
      "CREATE INDEX events_by_room ON events (room_id, position)",
      // One device's transaction id names one event; events without one have no device.
      "CREATE UNIQUE INDEX events_by_txn ON events (sender, device_id, room_id, txn) WHERE device_id IS NOT NULL",
      // State at a position: per key the row with the greatest position that is not above it (design D3).
      `CREATE TABLE room_state (
        room_id TEXT NOT NULL,
        type TEXT NOT NULL,
        state_key TEXT NOT NULL,
        position BIGINT NOT NULL,
        value TEXT,
        PRIMARY KEY (room_id, type, state_key, position)
      )`,
      "CREATE INDEX room_state_by_position ON room_state (room_id, position)",
      `CREATE TABLE room_members (
        user_id TEXT NOT NULL,
        room_id TEXT NOT NULL,
        membership TEXT NOT NULL,
        sender TEXT NOT NULL,
        position BIGINT NOT NULL,
        forgotten SMALLINT NOT NULL,
        PRIMARY KEY (user_id, room_id)
      )`,
      `CREATE TABLE receipts (
        room_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        type TEXT NOT NULL,
        thread_id TEXT NOT NULL,
        event_id TEXT NOT NULL,
        event_position BIGINT NOT NULL,
        ts BIGINT NOT NULL,
        position BIGINT NOT NULL,
        PRIMARY KEY (room_id, user_id, type, thread_id)
      )`,
      "CREATE INDEX receipts_by_position ON receipts (room_id, position)",
      "CREATE TABLE room_aliases (alias TEXT PRIMARY KEY NOT NULL, room_id TEXT NOT NULL, creator TEXT NOT NULL)",
      "CREATE TABLE profiles (user_id TEXT NOT NULL, field TEXT NOT NULL, value BYTEA NOT NULL, PRIMARY KEY (user_id, field))",
    ],
  },
  {
    id: "0041-relations",
    sql: [
      // One row per child whose parent is in the same room; gone with the redaction of the child. Ids and clear types only.
      `CREATE TABLE event_relations (
        position ${positionKey},
        event_id TEXT NOT NULL,
        room_id TEXT NOT NULL,
        rel_type TEXT NOT NULL,
        parent_position BIGINT NOT NULL,
        parent_sender TEXT NOT NULL,
        type TEXT NOT NULL,
        sender TEXT NOT NULL,
        ts BIGINT NOT NULL,
        counts SMALLINT NOT NULL
      )`,
      // Positions are of the whole store: one names an event without its room.
      "CREATE INDEX event_relations_by_parent ON event_relations (parent_position, rel_type, counts, position, sender)",
      // Whether somebody has reacted already is asked at a send, and must not depend on how many others have.
      "CREATE INDEX event_relations_by_sender ON event_relations (sender, parent_position, rel_type)",
      "CREATE INDEX event_relations_by_room ON event_relations (room_id, rel_type, position)",
    ],
  },
  {
    id: "0042-no-counts",
    // What counts as unread is decided at reading, by push rules (docs/decisions/0006-push-and-counts.md).
    sql: ["ALTER TABLE events DROP COLUMN counts"],
  },
  {
    id: "0044-aliases-and-members-by-room",
    sql: [
      "CREATE INDEX room_aliases_by_room ON room_aliases (room_id, alias)",
      "CREATE INDEX room_members_by_room ON room_members (room_id, membership)",
    ],
  },
  {
    id: "0045-published-rooms",
    sql: ["CREATE INDEX rooms_published ON rooms (room_id) WHERE is_public = 1"],
  },
  {
    id: "0046-used-third-party-invites",
    // A third-party invitation lets in one person, once: else who was removed would come back with the same proof.
    sql: ["CREATE TABLE used_third_party_invites (event_id TEXT PRIMARY KEY NOT NULL)"],
  },
  {
    id: "0047-profile-announcements",
    // Names and pictures on their way into the person's rooms.
    sql: ["CREATE TABLE profile_announcements (user_id TEXT PRIMARY KEY NOT NULL, device_id TEXT NOT NULL, stamp TEXT NOT NULL)"],
  },
  {
    id: "0048-reports",
    sql: [
      `CREATE TABLE reports (
        report_id TEXT PRIMARY KEY NOT NULL,
        reporter TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        room_id TEXT,
        event_id TEXT,
        user_id TEXT,
        reason BYTEA NOT NULL
      )`,
      "CREATE INDEX reports_by_reporter ON reports (reporter, created_at)",
    ],
  },
  {
    id: "0049-departures",
    // Accounts that are being deactivated: whose rooms are to be left, and whose words erased.
    sql: ["CREATE TABLE departures (user_id TEXT PRIMARY KEY NOT NULL, erases SMALLINT NOT NULL)"],
  },
];
