import { position, type Statements, type Write } from "#storage";

export interface ReferenceRow {
  readonly media_id: string;
  readonly event_id: string;
  readonly room_id: string;
  readonly sender: string;
  readonly position: number;
  /** Position of the redaction that took the words. */
  readonly redacted_at: number | null;
}

interface Tables {
  media: { media_id: string; owner: string };
  media_references: ReferenceRow;
}

export type ReferenceStore = ReturnType<typeof createReferenceStore>;

/** Which events name a media id in clear. */
export function createReferenceStore(statements: Statements) {
  const insert = statements.write<Tables, Omit<ReferenceRow, "redacted_at">>((db, p) =>
    db
      .insertInto("media_references")
      .columns(["media_id", "event_id", "room_id", "sender", "position"])
      // Invented ids leave no row.
      .expression((from) =>
        from
          .selectFrom("media")
          .select((row) => [
            "media_id",
            row.val(p.event_id).as("event_id"),
            row.val(p.room_id).as("room_id"),
            row.val(p.sender).as("sender"),
            row.val(p.position).as("position"),
          ])
          .where("media_id", "=", p.media_id),
      ),
  );
  const redact = statements.write<Tables, { event_id: string; redacted_at: number }>((db, p) =>
    db
      .updateTable("media_references")
      .set({ redacted_at: p.redacted_at })
      .where("event_id", "=", p.event_id)
      .where("redacted_at", "is", null),
  );
  const removeOfOwner = statements.write<Tables, { owner: string }>((db, p) =>
    db
      .deleteFrom("media_references")
      .where("media_id", "in", (media) => media.selectFrom("media").select("media_id").where("owner", "=", p.owner)),
  );
  const named = (by: "=" | "!=") =>
    statements.read<Tables, { media_id: string; owner: string; limit: number }, ReferenceRow>((db, p) =>
      db
        .selectFrom("media_references")
        .selectAll()
        .where("media_id", "=", p.media_id)
        .where("sender", by, p.owner)
        .orderBy("position")
        .limit(p.limit),
    );
  const [ofOwner, ofOthers] = [named("="), named("!=")];
  return {
    /** @param offset the event's place among the positions of the batch */
    insert: (row: Omit<ReferenceRow, "redacted_at" | "position">, offset: number): Write => insert({ ...row, position: position(offset) }),
    /** Of every file that is this person's. */
    removeOfOwner: (owner: string): Write => removeOfOwner({ owner }),
    redact: (eventId: string, offset: number): Write => redact({ event_id: eventId, redacted_at: position(offset) }),
    /** Oldest first. */
    listOfOwner: (mediaId: string, owner: string, limit: number) => ofOwner.all({ media_id: mediaId, owner, limit }),
    listOfOthers: (mediaId: string, owner: string, limit: number) => ofOthers.all({ media_id: mediaId, owner, limit }),
  };
}
