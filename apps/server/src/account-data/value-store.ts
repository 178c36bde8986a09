import { type Keys, personScope } from "#keys";
import { position, type Statements, type Write } from "#storage";
import type { AccountDataRow } from "./contract.ts";

interface StoredValue {
  readonly user_id: string;
  /** Empty: global. */
  readonly room_id: string;
  readonly type: string;
  readonly position: number;
  readonly content: Uint8Array;
}

interface Tables {
  readonly account_data: StoredValue;
}

/** Names one value of one user. */
export interface ValueKey {
  readonly userId: string;
  readonly roomId: string | undefined;
  readonly type: string;
}

export interface ValueStore {
  /** Undefined if never stored, or if the person was erased. */
  find(key: ValueKey): Promise<string | undefined>;
  exists(key: ValueKey): Promise<boolean>;
  count(userId: string): Promise<number>;
  listBetween(userId: string, since: number, until: number): Promise<readonly AccountDataRow[]>;
  /** Draws the batch's first position. The person's key must exist. */
  put(key: ValueKey, contentJson: string): Write;
}

const GLOBAL = "";

export function createValueStore(statements: Statements, keys: Keys): ValueStore {
  const reads = createReads(statements);
  const upsert = createUpsert(statements);
  const params = ({ userId, roomId, type }: ValueKey) => ({ userId, roomId: roomId ?? GLOBAL, type });
  const open = (row: Omit<StoredValue, "position">): string | undefined => {
    const content = keys.open(personScope(row.user_id), associated(row), row.content);
    return content === undefined ? undefined : Buffer.from(content).toString();
  };
  return {
    async find(key) {
      const row = await reads.find.get(params(key));
      return row === undefined ? undefined : open(row);
    },
    exists: async (key) => (await reads.exists.get(params(key))) !== undefined,
    count: async (userId) => (await reads.count.get({ userId }))?.rows ?? 0,
    async listBetween(userId, since, until) {
      const rows = await reads.between.all({ userId, since, until });
      return rows.flatMap((row) => {
        const contentJson = open(row);
        const roomId = row.room_id === GLOBAL ? undefined : row.room_id;
        return contentJson === undefined ? [] : [{ roomId, type: row.type, contentJson, position: row.position }];
      });
    },
    put(key, contentJson) {
      const { userId, roomId, type } = params(key);
      const content = keys.seal(personScope(userId), associated({ user_id: userId, room_id: roomId, type }), contentJson);
      return upsert({ userId, roomId, type, content, position: position() }, 1);
    },
  };
}

// The whole key of the row, so that the words of one value cannot be moved under another's name.
const associated = (row: Pick<StoredValue, "user_id" | "room_id" | "type">): string =>
  ["account_data", row.user_id, row.room_id, row.type, "content"].join("\u0000");

function createReads(statements: Statements) {
  type Key = { userId: string; roomId: string; type: string };
  return {
    find: statements.read<Tables, Key, StoredValue>((db, p) =>
      db.selectFrom("account_data").selectAll().where("user_id", "=", p.userId).where("room_id", "=", p.roomId).where("type", "=", p.type),
    ),
    exists: statements.read<Tables, Key, Pick<StoredValue, "type">>((db, p) =>
      db
        .selectFrom("account_data")
        .select("type")
        .where("user_id", "=", p.userId)
        .where("room_id", "=", p.roomId)
        .where("type", "=", p.type),
    ),
    count: statements.read<Tables, { userId: string }, { readonly rows: number }>((db, p) =>
      db
        .selectFrom("account_data")
        .select((build) => build.fn.countAll<number>().as("rows"))
        .where("user_id", "=", p.userId),
    ),
    between: statements.read<Tables, { userId: string; since: number; until: number }, StoredValue>((db, p) =>
      db
        .selectFrom("account_data")
        .selectAll()
        .where("user_id", "=", p.userId)
        .where("position", ">", p.since)
        .where("position", "<=", p.until)
        .orderBy("position"),
    ),
  };
}

function createUpsert(statements: Statements) {
  return statements.write<Tables, { userId: string; roomId: string; type: string; position: number; content: Uint8Array }>((db, p) =>
    db
      .insertInto("account_data")
      .values({ user_id: p.userId, room_id: p.roomId, type: p.type, position: p.position, content: p.content })
      .onConflict((conflict) => conflict.columns(["user_id", "room_id", "type"]).doUpdateSet({ position: p.position, content: p.content })),
  );
}
