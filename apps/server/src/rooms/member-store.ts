import type { Membership } from "@wardroom/matrix-core";
import { position, type Statements, type Write } from "#storage";
import type { OwnMembership } from "./contract.ts";

interface MemberRow {
  readonly user_id: string;
  readonly room_id: string;
  readonly membership: string;
  readonly sender: string;
  readonly position: number;
  readonly forgotten: number;
}

interface JoinedRow {
  readonly userId: string;
  readonly roomId: string;
}

interface Tables {
  room_members: MemberRow;
}

export type MemberStore = ReturnType<typeof createMemberStore>;

/** Each person's rooms: the way from a user to rooms, which the state of rooms does not give. */
export function createMemberStore(statements: Statements) {
  const put = statements.write<Tables, Omit<MemberRow, "forgotten">>((db, p) =>
    db
      .insertInto("room_members")
      .values({ user_id: p.user_id, room_id: p.room_id, membership: p.membership, sender: p.sender, position: p.position, forgotten: 0 })
      .onConflict((conflict) =>
        conflict.columns(["user_id", "room_id"]).doUpdateSet((excluded) => ({
          membership: excluded.ref("excluded.membership"),
          sender: excluded.ref("excluded.sender"),
          position: excluded.ref("excluded.position"),
          forgotten: 0,
        })),
      ),
  );
  const forget = statements.write<Tables, { user_id: string; room_id: string }>((db, p) =>
    db
      .updateTable("room_members")
      .set({ forgotten: 1 })
      .where("user_id", "=", p.user_id)
      .where("room_id", "=", p.room_id)
      .where("membership", "in", ["leave", "ban"]),
  );
  const list = statements.read<Tables, { user_id: string }, MemberRow>((db, p) =>
    db.selectFrom("room_members").selectAll().where("user_id", "=", p.user_id),
  );
  return {
    ...joinedReads(statements),
    put: (row: { userId: string; roomId: string; membership: Membership; sender: string }, offset: number): Write =>
      put({ user_id: row.userId, room_id: row.roomId, membership: row.membership, sender: row.sender, position: position(offset) }, 1),
    /** Expects that the person is out of the room. */
    forget: (userId: string, roomId: string): Write => forget({ user_id: userId, room_id: roomId }, 1),
    async list(userId: string): Promise<readonly OwnMembership[]> {
      const rows = await list.all({ user_id: userId });
      return rows.map((row) => ({
        roomId: row.room_id,
        membership: row.membership as Membership, // written by put() only
        sender: row.sender,
        position: row.position,
        forgotten: row.forgotten === 1,
      }));
    },
  };
}

function joinedReads(statements: Statements) {
  const joined = statements.read<Tables, { room_id: string }, { count: number }>(
    (db, p) =>
      db
        .selectFrom("room_members")
        .select((row) => row.fn.countAll<number>().as("count"))
        .where("room_id", "=", p.room_id)
        .where("membership", "=", "join"),
    { long: true },
  );
  const allJoined = statements.read<Tables, { user_id: string; room_id: string; limit: number }, Pick<MemberRow, "user_id" | "room_id">>(
    (db, p) =>
      db
        .selectFrom("room_members")
        .select(["user_id", "room_id"])
        .where("membership", "=", "join")
        // The first condition is what the key can be searched by.
        .where("user_id", ">=", p.user_id)
        .where((row) => row.or([row("user_id", ">", p.user_id), row("room_id", ">", p.room_id)]))
        .orderBy("user_id")
        .orderBy("room_id")
        .limit(p.limit),
    { long: true },
  );
  return {
    async countJoined(roomId: string): Promise<number> {
      return (await joined.get({ room_id: roomId }))?.count ?? 0;
    },
    /** Who is where, for all rooms, a page at a time. */
    async listJoined(after: JoinedRow, limit: number): Promise<readonly JoinedRow[]> {
      const rows = await allJoined.all({ user_id: after.userId, room_id: after.roomId, limit });
      return rows.map((row) => ({ userId: row.user_id, roomId: row.room_id }));
    },
  };
}
