import type { Migration } from "#storage";

export const identityMigrations: readonly Migration[] = [
  {
    id: "identity-0001-accounts",
    sql: [
      `CREATE TABLE accounts (
        user_id TEXT PRIMARY KEY,
        is_admin INTEGER NOT NULL,
        state TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        password_version INTEGER NOT NULL,
        password_hash BYTEA
      )`,
      `CREATE TABLE devices (
        user_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        display_name BYTEA,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (user_id, device_id)
      )`,
      `CREATE TABLE access_tokens (
        token_hash TEXT PRIMARY KEY,
        user_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        created_at BIGINT NOT NULL
      )`,
      `CREATE INDEX access_tokens_by_device ON access_tokens (user_id, device_id)`,
      `CREATE TABLE uia_sessions (
        session_hash TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        binding TEXT NOT NULL,
        completed TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
      )`,
      `CREATE INDEX uia_sessions_by_owner ON uia_sessions (owner, created_at)`,
      `CREATE INDEX uia_sessions_by_expiry ON uia_sessions (expires_at)`,
    ],
  },
];
