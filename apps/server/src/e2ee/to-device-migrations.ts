import type { Migration } from "#storage";

export const toDeviceMigrations: readonly Migration[] = [
  {
    id: "0053-to-device",
    sql: [
      // A device gets at most one message of a commit, so the commit's position tells its messages apart and orders them. The
      // sender stands in the key so that counting a sender's share reads the index alone.
      `CREATE TABLE to_device_messages (
        user_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        position BIGINT NOT NULL,
        sender TEXT NOT NULL,
        size INTEGER NOT NULL,
        message BYTEA NOT NULL,
        PRIMARY KEY (user_id, device_id, position, sender, size)
      )`,
      `CREATE TABLE to_device_transactions (
        user_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        txn TEXT NOT NULL,
        position BIGINT NOT NULL,
        PRIMARY KEY (user_id, device_id, txn)
      )`,
      "CREATE INDEX to_device_transactions_by_age ON to_device_transactions (user_id, device_id, position)",
    ],
  },
];
