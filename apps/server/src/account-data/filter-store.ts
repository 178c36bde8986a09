import { type Keys, personScope } from "#keys";
import type { Statements, Write } from "#storage";

interface StoredFilter {
  readonly user_id: string;
  readonly filter_id: string;
  readonly content: Uint8Array;
  readonly created_at: number;
}

interface Tables {
  readonly filters: StoredFilter;
}

export interface FilterStore {
  find(userId: string, filterId: string): Promise<string | undefined>;
  exists(userId: string, filterId: string): Promise<boolean>;
  count(userId: string): Promise<number>;
  removeAll(userId: string): Write;
  /** Does nothing if it is there already. The person's key must exist. */
  add(userId: string, filterId: string, filterJson: string, createdAt: number): Write;
}

type Key = { userId: string; filterId: string };

export function createFilterStore(statements: Statements, keys: Keys): FilterStore {
  const find = statements.read<Tables, Key, Pick<StoredFilter, "content">>((db, p) =>
    db.selectFrom("filters").select("content").where("user_id", "=", p.userId).where("filter_id", "=", p.filterId),
  );
  const exists = statements.read<Tables, Key, Pick<StoredFilter, "filter_id">>((db, p) =>
    db.selectFrom("filters").select("filter_id").where("user_id", "=", p.userId).where("filter_id", "=", p.filterId),
  );
  const count = statements.read<Tables, { userId: string }, { readonly rows: number }>((db, p) =>
    db
      .selectFrom("filters")
      .select((build) => build.fn.countAll<number>().as("rows"))
      .where("user_id", "=", p.userId),
  );
  const insert = statements.write<Tables, Key & { content: Uint8Array; createdAt: number }>((db, p) =>
    db
      .insertInto("filters")
      .values({ user_id: p.userId, filter_id: p.filterId, content: p.content, created_at: p.createdAt })
      .onConflict((conflict) => conflict.doNothing()),
  );
  const removeAll = statements.write<Tables, { userId: string }>((db, p) => db.deleteFrom("filters").where("user_id", "=", p.userId));
  const associated = (userId: string, filterId: string) => ["filters", userId, filterId, "content"].join("\u0000");
  return {
    async find(userId, filterId) {
      const row = await find.get({ userId, filterId });
      const content = row && keys.open(personScope(userId), associated(userId, filterId), row.content);
      return content === undefined ? undefined : Buffer.from(content).toString();
    },
    exists: async (userId, filterId) => (await exists.get({ userId, filterId })) !== undefined,
    count: async (userId) => (await count.get({ userId }))?.rows ?? 0,
    removeAll: (userId) => removeAll({ userId }),
    add: (userId, filterId, filterJson, createdAt) =>
      insert({ userId, filterId, createdAt, content: keys.seal(personScope(userId), associated(userId, filterId), filterJson) }),
  };
}
