import { position, type Statements, type Write } from "#storage";

export interface ReceiptRow {
  readonly room_id: string;
  readonly user_id: string;
  readonly type: string;
  /** Empty: the receipt is for no thread in particular. */
  readonly thread_id: string;
  readonly event_id: string;
  readonly event_position: number;
  readonly ts: number;
  readonly position: number;
}

interface Tables {
  receipts: ReceiptRow;
}

type Key = Pick<ReceiptRow, "room_id" | "user_id" | "type" | "thread_id">;

export type ReceiptStore = ReturnType<typeof createReceiptStore>;

/** One row per room, person, type and thread: the newest receipt. */
export function createReceiptStore(statements: Statements) {
  const put = statements.write<Tables, ReceiptRow>((db, p) =>
    db
      .insertInto("receipts")
      .values({
        room_id: p.room_id,
        user_id: p.user_id,
        type: p.type,
        thread_id: p.thread_id,
        event_id: p.event_id,
        event_position: p.event_position,
        ts: p.ts,
        position: p.position,
      })
      .onConflict((conflict) =>
        conflict.columns(["room_id", "user_id", "type", "thread_id"]).doUpdateSet((excluded) => ({
          event_id: excluded.ref("excluded.event_id"),
          event_position: excluded.ref("excluded.event_position"),
          ts: excluded.ref("excluded.ts"),
          position: excluded.ref("excluded.position"),
        })),
      ),
  );
  const remove = statements.write<Tables, Key>((db, p) =>
    db
      .deleteFrom("receipts")
      .where("room_id", "=", p.room_id)
      .where("user_id", "=", p.user_id)
      .where("type", "=", p.type)
      .where("thread_id", "=", p.thread_id),
  );
  const list = statements.read<Tables, { room_id: string }, ReceiptRow>((db, p) =>
    db.selectFrom("receipts").selectAll().where("room_id", "=", p.room_id).orderBy("position", "asc"),
  );
  const positions = statements.read<Tables, Record<never, never>, { room_id: string; position: number }>((db) =>
    db
      .selectFrom("receipts")
      .select((row) => ["room_id", row.fn.max<number>("position").as("position")])
      .groupBy("room_id"),
  );
  return {
    put: (row: Omit<ReceiptRow, "position">): Write => put({ ...row, position: position() }, 1),
    remove: ({ room_id, user_id, type, thread_id }: ReceiptRow): Write => remove({ room_id, user_id, type, thread_id }),
    list: (roomId: string) => list.all({ room_id: roomId }),
    listRoomPositions: () => positions.all({}),
  };
}
