import type { Migration } from "#storage";

export const backupMigrations: readonly Migration[] = [
  {
    id: "0054-key-backup",
    sql: [
      // Numbers are never given twice, so a client can tell a new backup from the one that it knew.
      "CREATE TABLE key_backup_numbers (user_id TEXT PRIMARY KEY NOT NULL, newest BIGINT NOT NULL)",
      // `sessions` and `bytes` are counted along. A backup that is ending is nobody's any more; its keys go in steps.
      `CREATE TABLE key_backups (
        user_id TEXT NOT NULL,
        version BIGINT NOT NULL,
        algorithm TEXT NOT NULL,
        auth_data BYTEA NOT NULL,
        etag BIGINT NOT NULL,
        sessions BIGINT NOT NULL,
        bytes BIGINT NOT NULL,
        ending SMALLINT NOT NULL,
        PRIMARY KEY (user_id, version)
      )`,
      `CREATE TABLE key_backup_sessions (
        user_id TEXT NOT NULL,
        version BIGINT NOT NULL,
        room_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        first_message_index BIGINT NOT NULL,
        forwarded_count BIGINT NOT NULL,
        is_verified SMALLINT NOT NULL,
        size BIGINT NOT NULL,
        session_data BYTEA NOT NULL,
        PRIMARY KEY (user_id, version, room_id, session_id)
      )`,
    ],
  },
];
