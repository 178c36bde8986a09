import type { Migration } from "#storage";

export const accountDataMigrations: readonly Migration[] = [
  {
    id: "account-data-0001-values",
    sql: [
      `CREATE TABLE account_data (
        user_id TEXT NOT NULL,
        room_id TEXT NOT NULL,
        type TEXT NOT NULL,
        position BIGINT NOT NULL,
        content BYTEA NOT NULL,
        PRIMARY KEY (user_id, room_id, type)
      )`,
      `CREATE INDEX account_data_by_position ON account_data (user_id, position)`,
      `CREATE TABLE filters (
        user_id TEXT NOT NULL,
        filter_id TEXT NOT NULL,
        content BYTEA NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (user_id, filter_id)
      )`,
    ],
  },
];
