import type { Migration } from "#storage";

/**
 * Public keys, in clear: they are made to be read by everybody, and no words of a person are among them. A signature is a row of
 * its own, because who may see it depends on who made it.
 */
export const keyMigrations: readonly Migration[] = [
  {
    id: "0050-device-keys",
    sql: [
      `CREATE TABLE device_keys (
        user_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        content TEXT NOT NULL,
        PRIMARY KEY (user_id, device_id)
      )`,
      `CREATE TABLE cross_signing_keys (
        user_id TEXT NOT NULL,
        usage TEXT NOT NULL,
        public_key TEXT NOT NULL,
        content TEXT NOT NULL,
        PRIMARY KEY (user_id, usage)
      )`,
      `CREATE TABLE key_signatures (
        target_user_id TEXT NOT NULL,
        signer_user_id TEXT NOT NULL,
        target_key TEXT NOT NULL,
        signer_key TEXT NOT NULL,
        signature TEXT NOT NULL,
        PRIMARY KEY (target_user_id, signer_user_id, target_key, signer_key)
      )`,
      `CREATE INDEX key_signatures_by_signer ON key_signatures (signer_user_id, signer_key)`,
    ],
  },
  {
    id: "0051-one-time-keys",
    sql: [
      `CREATE TABLE one_time_keys (
        user_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        name TEXT NOT NULL,
        algorithm TEXT NOT NULL,
        place BIGINT NOT NULL,
        content TEXT NOT NULL,
        ticket TEXT,
        PRIMARY KEY (user_id, device_id, name)
      )`,
      `CREATE INDEX one_time_keys_unclaimed ON one_time_keys (user_id, device_id, algorithm, place) WHERE ticket IS NULL`,
      `CREATE INDEX one_time_keys_by_ticket ON one_time_keys (ticket) WHERE ticket IS NOT NULL`,
      `CREATE TABLE fallback_keys (
        user_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        algorithm TEXT NOT NULL,
        name TEXT NOT NULL,
        content TEXT NOT NULL,
        used INTEGER NOT NULL,
        PRIMARY KEY (user_id, device_id, algorithm)
      )`,
    ],
  },
  {
    id: "0052-device-list-changes",
    sql: [
      `CREATE TABLE device_list_changes (
        user_id TEXT PRIMARY KEY,
        position BIGINT NOT NULL
      )`,
      `CREATE INDEX device_list_changes_by_position ON device_list_changes (position)`,
      `CREATE TABLE own_signature_changes (
        signer_user_id TEXT NOT NULL,
        target_user_id TEXT NOT NULL,
        position BIGINT NOT NULL,
        PRIMARY KEY (signer_user_id, target_user_id)
      )`,
      `CREATE INDEX own_signature_changes_by_position ON own_signature_changes (signer_user_id, position)`,
    ],
  },
];
