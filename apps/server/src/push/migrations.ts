import type { Migration } from "#storage";

/** Tables of this module, oldest step first. A step that has shipped is never edited. */
export const pushMigrations: readonly Migration[] = [
  {
    id: "0070-pushers",
    sql: [
      // `pushkey_hash` is a keyed hash: who reads the table cannot send to anybody's phone.
      `CREATE TABLE pushers (
        user_id TEXT NOT NULL,
        app_id TEXT NOT NULL,
        pushkey_hash TEXT NOT NULL,
        device_id TEXT NOT NULL,
        set_at BIGINT NOT NULL,
        content BYTEA NOT NULL,
        PRIMARY KEY (user_id, app_id, pushkey_hash)
      )`,
      "CREATE INDEX pushers_by_pushkey ON pushers (app_id, pushkey_hash)",
    ],
  },
];
