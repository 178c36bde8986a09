import type { Statements, Write } from "#storage";

export interface MediaRow {
  readonly media_id: string;
  readonly owner: string;
  /** Null: reserved, not uploaded. */
  readonly file_id: string | null;
  readonly sealed: Uint8Array | null;
  readonly created_at: number;
  readonly expires_at: number | null;
}

export interface FileRow {
  readonly file_id: string;
  readonly owner: string;
  readonly size: number;
  readonly digest: Uint8Array;
  readonly sealed_key: Uint8Array;
  readonly created_at: number;
}

interface Tables {
  media: MediaRow;
  media_files: FileRow;
}

export type MediaStore = ReturnType<typeof createMediaStore>;

/** Media ids and the files that they name. */
export function createMediaStore(statements: Statements) {
  return { ...writesOf(statements), ...readsOf(statements) };
}

function writesOf(statements: Statements) {
  const insert = statements.write<Tables, MediaRow>((db, p) =>
    db.insertInto("media").values({
      media_id: p.media_id,
      owner: p.owner,
      file_id: p.file_id,
      sealed: p.sealed,
      created_at: p.created_at,
      expires_at: p.expires_at,
    }),
  );
  const fill = statements.write<Tables, { media_id: string; owner: string; file_id: string; sealed: Uint8Array; now: number }>((db, p) =>
    db
      .updateTable("media")
      .set({ file_id: p.file_id, sealed: p.sealed, expires_at: null })
      .where("media_id", "=", p.media_id)
      .where("owner", "=", p.owner)
      .where("file_id", "is", null)
      .where("expires_at", ">", p.now),
  );
  const removeExpired = statements.write<Tables, { owner: string; now: number }>((db, p) =>
    db.deleteFrom("media").where("owner", "=", p.owner).where("file_id", "is", null).where("expires_at", "<=", p.now),
  );
  const insertFile = statements.write<Tables, FileRow>((db, p) =>
    db.insertInto("media_files").values({
      file_id: p.file_id,
      owner: p.owner,
      size: p.size,
      digest: p.digest,
      sealed_key: p.sealed_key,
      created_at: p.created_at,
    }),
  );
  return {
    insert: (row: MediaRow): Write => insert(row, 1),
    /** Expects that the place is this person's, empty, and has not expired. */
    fillPlace: (place: { media_id: string; owner: string; file_id: string; sealed: Uint8Array; now: number }): Write => fill(place, 1),
    removeExpired: (owner: string, now: number): Write => removeExpired({ owner, now }),
    /** Expects that the person has no other file with these bytes. */
    insertFile: (row: FileRow): Write => insertFile(row, 1),
    ...removalsOf(statements),
  };
}

function removalsOf(statements: Statements) {
  const removeAll = statements.write<Tables, { owner: string }>((db, p) => db.deleteFrom("media").where("owner", "=", p.owner));
  const removeFile = statements.write<Tables, { file_id: string }>((db, p) =>
    db.deleteFrom("media_files").where("file_id", "=", p.file_id),
  );
  return {
    /** Every media id of this person, places that were reserved among them. */
    removeAll: (owner: string): Write => removeAll({ owner }),
    removeFile: (fileId: string): Write => removeFile({ file_id: fileId }),
  };
}

function readsOf(statements: Statements) {
  const media = statements.read<Tables, { media_id: string }, MediaRow>((db, p) =>
    db.selectFrom("media").selectAll().where("media_id", "=", p.media_id),
  );
  const reserved = statements.read<Tables, { owner: string; now: number }, { expires_at: number | null }>((db, p) =>
    db
      .selectFrom("media")
      .select("expires_at")
      .where("owner", "=", p.owner)
      .where("file_id", "is", null)
      .where("expires_at", ">", p.now)
      .orderBy("expires_at"),
  );
  const file = statements.read<Tables, { file_id: string }, FileRow>((db, p) =>
    db.selectFrom("media_files").selectAll().where("file_id", "=", p.file_id),
  );
  const byDigest = statements.read<Tables, { owner: string; digest: Uint8Array }, { file_id: string }>((db, p) =>
    db.selectFrom("media_files").select("file_id").where("owner", "=", p.owner).where("digest", "=", p.digest),
  );
  const ofOwner = statements.read<Tables, { owner: string; limit: number }, { file_id: string }>((db, p) =>
    db.selectFrom("media_files").select("file_id").where("owner", "=", p.owner).limit(p.limit),
  );
  return {
    async listFilesOf(owner: string, limit: number): Promise<readonly string[]> {
      return (await ofOwner.all({ owner, limit })).map(({ file_id: id }) => id);
    },
    find: (mediaId: string) => media.get({ media_id: mediaId }),
    /** When the person's open places expire, soonest first. */
    listReserved: async (owner: string, now: number): Promise<readonly number[]> =>
      (await reserved.all({ owner, now })).map(({ expires_at: at }) => at ?? 0),
    findFile: (fileId: string) => file.get({ file_id: fileId }),
    async findSame(owner: string, digest: Uint8Array): Promise<string | undefined> {
      return (await byDigest.get({ owner, digest }))?.file_id;
    },
  };
}
