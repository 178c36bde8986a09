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
  /** The same with the row's place in the feed, which tells one version from the next; the text is undefined if it cannot be read. */
  findVersion(key: ValueKey): Promise<{ readonly contentJson: string | undefined; readonly position: number } | undefined>;
  /** Bytes that the value takes in the store, or undefined if there is none. */
  sizeOf(key: ValueKey): Promise<number | undefined>;
  /** How many values the user has, and the bytes that they take together. */
  usage(userId: string): Promise<Usage>;
  removeAll(userId: string): Write;
  listBetween(userId: string, since: number, until: number): Promise<readonly AccountDataRow[]>;
  /** The write draws the batch's first position. The person's key must exist. With `replaces` it expects to find that version. */
  put(key: ValueKey, contentJson: string, replaces?: Replaces): { readonly write: Write; readonly bytes: number };
}

/** The version that a value replaces; without a position: none. */
export interface Replaces {
  readonly position: number | undefined;
}

export interface Usage {
  readonly values: number;
  readonly bytes: number;
}

const GLOBAL = "";

export function createValueStore(statements: Statements, keys: Keys): ValueStore {
  const reads = createReads(statements);
  const writes = createWrites(statements);
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
    async findVersion(key) {
      const row = await reads.find.get(params(key));
      return row === undefined ? undefined : { contentJson: open(row), position: row.position };
    },
    sizeOf: async (key) => (await reads.size.get(params(key)))?.bytes,
    async usage(userId) {
      const row = await reads.usage.get({ userId });
      return { values: row?.rows ?? 0, bytes: row?.bytes ?? 0 };
    },
    async listBetween(userId, since, until) {
      const rows = await reads.between.all({ userId, since, until });
      return rows.flatMap((row) => {
        const contentJson = open(row);
        const roomId = row.room_id === GLOBAL ? undefined : row.room_id;
        return contentJson === undefined ? [] : [{ roomId, type: row.type, contentJson, position: row.position }];
      });
    },
    removeAll: (userId) => writes.removeAll({ userId }),
    put(key, contentJson, replaces) {
      const { userId, roomId, type } = params(key);
      const content = keys.seal(personScope(userId), associated({ user_id: userId, room_id: roomId, type }), contentJson);
      const row = { userId, roomId, type, content, position: position() };
      const write =
        replaces === undefined
          ? writes.upsert(row, 1)
          : replaces.position === undefined
            ? writes.insert(row, 1)
            : writes.replace({ ...row, before: replaces.position }, 1);
      return { write, bytes: content.length };
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
    size: statements.read<Tables, Key, { readonly bytes: number }>((db, p) =>
      db
        .selectFrom("account_data")
        .select((build) => build.fn<number>("length", ["content"]).as("bytes"))
        .where("user_id", "=", p.userId)
        .where("room_id", "=", p.roomId)
        .where("type", "=", p.type),
    ),
    usage: statements.read<Tables, { userId: string }, { readonly rows: number; readonly bytes: number | null }>((db, p) =>
      db
        .selectFrom("account_data")
        .select((build) => [
          build.fn.countAll<number>().as("rows"),
          build.fn.sum<number | null>(build.fn<number>("length", ["content"])).as("bytes"),
        ])
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

function createWrites(statements: Statements) {
  type Row = { userId: string; roomId: string; type: string; position: number; content: Uint8Array };
  const values = (p: Row) => ({ user_id: p.userId, room_id: p.roomId, type: p.type, position: p.position, content: p.content });
  return {
    removeAll: statements.write<Tables, { userId: string }>((db, p) => db.deleteFrom("account_data").where("user_id", "=", p.userId)),
    upsert: statements.write<Tables, Row>((db, p) =>
      db
        .insertInto("account_data")
        .values(values(p))
        .onConflict((conflict) =>
          conflict.columns(["user_id", "room_id", "type"]).doUpdateSet({ position: p.position, content: p.content }),
        ),
    ),
    insert: statements.write<Tables, Row>((db, p) => db.insertInto("account_data").values(values(p))),
    replace: statements.write<Tables, Row & { before: number }>((db, p) =>
      db
        .updateTable("account_data")
        .set({ position: p.position, content: p.content })
        .where("user_id", "=", p.userId)
        .where("room_id", "=", p.roomId)
        .where("type", "=", p.type)
        .where("position", "=", p.before),
    ),
  };
}
