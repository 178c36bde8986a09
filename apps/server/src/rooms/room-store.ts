import { position, type Statements, type Write } from "#storage";

interface RoomRow {
  readonly room_id: string;
  readonly version: string;
  readonly head: string;
  readonly depth: number;
  readonly position: number;
  readonly epoch: number;
  readonly is_public: number;
}

interface Tables {
  rooms: RoomRow;
}

export type RoomStore = ReturnType<typeof createRoomStore>;

/** Statements on `rooms`: one row per room, with the end of its chain. */
export function createRoomStore(statements: Statements) {
  const insertRoom = statements.write<Tables, RoomRow>((db, p) =>
    db.insertInto("rooms").values({
      room_id: p.room_id,
      version: p.version,
      head: p.head,
      depth: p.depth,
      position: p.position,
      epoch: p.epoch,
      is_public: p.is_public,
    }),
  );
  const moveHead = statements.write<
    Tables,
    { head: string; depth: number; position: number; room_id: string; previous: string; epoch: number }
  >((db, p) =>
    db
      .updateTable("rooms")
      .set({ head: p.head, depth: p.depth, position: p.position })
      .where("room_id", "=", p.room_id)
      .where("head", "=", p.previous)
      .where("epoch", "=", p.epoch),
  );
  const published = statements.read<Tables, Record<never, never>, { room_id: string }>((db) =>
    db.selectFrom("rooms").select("room_id").where("is_public", "=", 1).orderBy("room_id"),
  );
  const publish = statements.write<Tables, { room_id: string; is_public: number }>((db, p) =>
    db.updateTable("rooms").set({ is_public: p.is_public }).where("room_id", "=", p.room_id),
  );
  const room = statements.read<Tables, { room_id: string }, RoomRow>((db, p) =>
    db.selectFrom("rooms").selectAll().where("room_id", "=", p.room_id),
  );
  const rooms = statements.read<Tables, Record<never, never>, { room_id: string; position: number }>((db) =>
    db.selectFrom("rooms").select(["room_id", "position"]),
  );
  return {
    /** Expects a room id that is new. */
    insertRoom: (row: Omit<RoomRow, "position">, offset: number): Write => insertRoom({ ...row, position: position(offset) }, 1),
    /** Expects that the head is still the one that was decided upon: it fences the writer of the room (design D4). */
    moveHead: (move: { head: string; depth: number; roomId: string; previous: string; epoch: number }, offset: number): Write =>
      moveHead(
        {
          head: move.head,
          depth: move.depth,
          room_id: move.roomId,
          previous: move.previous,
          epoch: move.epoch,
          position: position(offset),
        },
        1,
      ),
    ...headWrites(statements),
    async listPublished(): Promise<readonly string[]> {
      return (await published.all({})).map(({ room_id }) => room_id);
    },
    publish: (roomId: string, isPublic: boolean): Write => publish({ room_id: roomId, is_public: isPublic ? 1 : 0 }, 1),
    findRoom: (roomId: string) => room.get({ room_id: roomId }),
    listRoomPositions: () => rooms.all({}),
  };
}

/** Rows that stand beside events fall with the head that they were decided upon. */
function headWrites(statements: Statements) {
  type Head = { room_id: string; head: string; epoch: number };
  const setPublic = statements.write<Tables, Head & { is_public: number }>((db, p) =>
    db
      .updateTable("rooms")
      .set({ is_public: p.is_public })
      .where("room_id", "=", p.room_id)
      .where("head", "=", p.head)
      .where("epoch", "=", p.epoch),
  );
  const keepHead = statements.write<Tables, Head>((db, p) =>
    db.updateTable("rooms").set({ head: p.head }).where("room_id", "=", p.room_id).where("head", "=", p.head).where("epoch", "=", p.epoch),
  );
  return {
    /** Changes nothing; expects the head that was decided upon: what stands beside events in a batch falls with them. */
    keepHead: (head: { roomId: string; head: string; epoch: number }): Write =>
      keepHead({ room_id: head.roomId, head: head.head, epoch: head.epoch }, 1),
    /** Expects the head that was decided upon. */
    setPublic: (head: { roomId: string; head: string; epoch: number }, isPublic: boolean): Write =>
      setPublic({ room_id: head.roomId, head: head.head, epoch: head.epoch, is_public: isPublic ? 1 : 0 }, 1),
  };
}
