import type { Migration } from "#storage";

/** Tables of this module, oldest step first. A step that has shipped is never edited. */
export const mediaMigrations: readonly Migration[] = [
  {
    id: "0060-media",
    sql: [
      // What a media id names. `file_id` and `sealed` (type and name, under the owner's key) are null until the upload;
      // `expires_at` is null from then on.
      `CREATE TABLE media (
        media_id TEXT PRIMARY KEY NOT NULL,
        owner TEXT NOT NULL,
        file_id TEXT,
        sealed BYTEA,
        created_at BIGINT NOT NULL,
        expires_at BIGINT
      )`,
      "CREATE INDEX media_reserved ON media (owner, expires_at) WHERE file_id IS NULL",
      "CREATE INDEX media_by_owner ON media (owner)",
      // One sealed file on disk. `digest` is keyed with the owner's secret: the same file of another person has another one.
      `CREATE TABLE media_files (
        file_id TEXT PRIMARY KEY NOT NULL,
        owner TEXT NOT NULL,
        size BIGINT NOT NULL,
        digest BYTEA NOT NULL,
        sealed_key BYTEA NOT NULL,
        created_at BIGINT NOT NULL,
        UNIQUE (owner, digest)
      )`,
      "CREATE TABLE media_people (user_id TEXT PRIMARY KEY NOT NULL, secret BYTEA NOT NULL, bytes BIGINT NOT NULL)",
      // `redacted_at` keeps the memory that the file was once named in clear: what was taken back must not become open to more people.
      `CREATE TABLE media_references (
        media_id TEXT NOT NULL,
        event_id TEXT NOT NULL,
        room_id TEXT NOT NULL,
        sender TEXT NOT NULL,
        position BIGINT NOT NULL,
        redacted_at BIGINT,
        PRIMARY KEY (media_id, event_id)
      )`,
      "CREATE INDEX media_references_by_event ON media_references (event_id)",
      // `blob_id` is null where there is nothing to keep: `outcome` says why.
      `CREATE TABLE media_thumbnails (
        file_id TEXT NOT NULL,
        variant TEXT NOT NULL,
        outcome TEXT NOT NULL,
        type TEXT,
        blob_id TEXT UNIQUE,
        size BIGINT NOT NULL,
        sealed_key BYTEA,
        PRIMARY KEY (file_id, variant)
      )`,
    ],
  },
];
