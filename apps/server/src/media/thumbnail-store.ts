import type { Statements, Write } from "#storage";

/**
 * `made`: a blob holds it. `original`: the file itself is as small as what was asked for. `refused`: it cannot be made, and is
 * not tried again. `too-large`: likewise, because it has too many pixels.
 */
type ThumbnailOutcome = "made" | "original" | "refused" | "too-large";

export interface ThumbnailRow {
  readonly file_id: string;
  readonly variant: string;
  readonly outcome: ThumbnailOutcome;
  readonly type: string | null;
  readonly blob_id: string | null;
  readonly size: number;
  readonly sealed_key: Uint8Array | null;
}

interface Tables {
  media_thumbnails: ThumbnailRow;
  media_files: { file_id: string };
}

export type ThumbnailStore = ReturnType<typeof createThumbnailStore>;

export function createThumbnailStore(statements: Statements) {
  const find = statements.read<Tables, { file_id: string; variant: string }, ThumbnailRow>((db, p) =>
    db.selectFrom("media_thumbnails").selectAll().where("file_id", "=", p.file_id).where("variant", "=", p.variant),
  );
  const insert = statements.write<Tables, ThumbnailRow>((db, p) =>
    db.insertInto("media_thumbnails").values({
      file_id: p.file_id,
      variant: p.variant,
      outcome: p.outcome,
      type: p.type,
      blob_id: p.blob_id,
      size: p.size,
      sealed_key: p.sealed_key,
    }),
  );
  const byBlob = statements.read<Tables, { blob_id: string }, { blob_id: string | null }>((db, p) =>
    db.selectFrom("media_thumbnails").select("blob_id").where("blob_id", "=", p.blob_id),
  );
  const ofFile = statements.read<Tables, { file_id: string }, { blob_id: string | null }>((db, p) =>
    db.selectFrom("media_thumbnails").select("blob_id").where("file_id", "=", p.file_id),
  );
  const remove = statements.write<Tables, { file_id: string }>((db, p) =>
    db.deleteFrom("media_thumbnails").where("file_id", "=", p.file_id),
  );
  return {
    async listBlobsOf(fileId: string): Promise<readonly string[]> {
      return (await ofFile.all({ file_id: fileId })).flatMap(({ blob_id: id }) => id ?? []);
    },
    removeOf: (fileId: string): Write => remove({ file_id: fileId }),
    find: (fileId: string, variant: string) => find.get({ file_id: fileId, variant }),
    /** Expects that there is none yet. */
    insert: (row: ThumbnailRow): Write => insert(row, 1),
    hasBlob: async (blobId: string): Promise<boolean> => (await byBlob.get({ blob_id: blobId })) !== undefined,
  };
}
