import type { Statements, Write } from "#storage";

interface OneTimeKeyRow {
  /** `<algorithm>:<key id>`. */
  readonly name: string;
  /** Canonical JSON of the key. */
  readonly content: string;
  /** Keys are given out in the order of their places. */
  readonly place: number;
  /** Of the claim that took the key; null while nobody has. */
  readonly ticket: string | null;
}

export interface ClaimedKey {
  readonly user_id: string;
  readonly device_id: string;
  readonly name: string;
  readonly content: string;
}

interface Tables {
  one_time_keys: OneTimeKeyRow & { readonly user_id: string; readonly device_id: string; readonly algorithm: string };
}

type Device = { user_id: string; device_id: string };
type Claim = Device & { algorithm: string; ticket: string };
type Count = { readonly algorithm: string; readonly stored: number; readonly claimed: number };

export type OneTimeKeyStore = ReturnType<typeof createOneTimeKeyStore>;

export function createOneTimeKeyStore(statements: Statements) {
  const reads = createReads(statements);
  const writes = createWrites(statements);
  return {
    /** Fails when the name is in use. */
    insert: (userId: string, deviceId: string, key: { name: string; algorithm: string; place: number; content: string }): Write =>
      writes.insert({ ...key, user_id: userId, device_id: deviceId }, 1),
    /** Marks the first unclaimed key, if there is one, as taken by this ticket. */
    claim: (userId: string, deviceId: string, algorithm: string, ticket: string): Write =>
      writes.claim({ user_id: userId, device_id: deviceId, algorithm, ticket }),
    /** Forgets the claimed keys up to this place. */
    prune: (userId: string, deviceId: string, place: number): Write => writes.prune({ user_id: userId, device_id: deviceId, place }),
    list: (userId: string, deviceId: string) => reads.list.all({ user_id: userId, device_id: deviceId }),
    listTaken: (ticket: string) => reads.taken.all({ ticket }),
    async count(userId: string, deviceId: string): Promise<ReadonlyMap<string, number>> {
      const rows = await reads.count.all({ user_id: userId, device_id: deviceId });
      return new Map(rows.map(({ algorithm, stored, claimed }) => [algorithm, stored - claimed] as const));
    },
  };
}

function createReads(statements: Statements) {
  return {
    list: statements.read<Tables, Device, OneTimeKeyRow>((db, p) =>
      db
        .selectFrom("one_time_keys")
        .select(["name", "content", "place", "ticket"])
        .where("user_id", "=", p.user_id)
        .where("device_id", "=", p.device_id),
    ),
    taken: statements.read<Tables, { ticket: string }, ClaimedKey>((db, p) =>
      db.selectFrom("one_time_keys").select(["user_id", "device_id", "name", "content"]).where("ticket", "=", p.ticket),
    ),
    count: statements.read<Tables, Device, Count>((db, p) =>
      db
        .selectFrom("one_time_keys")
        .select((row) => ["algorithm", row.fn.countAll<number>().as("stored"), row.fn.count<number>("ticket").as("claimed")])
        .where("user_id", "=", p.user_id)
        .where("device_id", "=", p.device_id)
        .groupBy("algorithm"),
    ),
  };
}

function createWrites(statements: Statements) {
  return {
    insert: statements.write<Tables, Device & { name: string; algorithm: string; place: number; content: string }>((db, p) =>
      db
        .insertInto("one_time_keys")
        .values({
          user_id: p.user_id,
          device_id: p.device_id,
          name: p.name,
          algorithm: p.algorithm,
          place: p.place,
          content: p.content,
          ticket: null,
        })
        .onConflict((conflict) => conflict.doNothing()),
    ),
    // Chosen by the writer, where batches run one after another: two claims cannot choose the same key, and none has to be repeated.
    claim: statements.write<Tables, Claim>((db, p) =>
      db
        .updateTable("one_time_keys")
        .set({ ticket: p.ticket })
        .where("user_id", "=", p.user_id)
        .where("device_id", "=", p.device_id)
        .where("name", "=", (first) =>
          first
            .selectFrom("one_time_keys as first")
            .select("first.name")
            .where("first.user_id", "=", p.user_id)
            .where("first.device_id", "=", p.device_id)
            .where("first.algorithm", "=", p.algorithm)
            .where("first.ticket", "is", null)
            .orderBy("first.place", "asc")
            .limit(1),
        ),
    ),
    prune: statements.write<Tables, Device & { place: number }>((db, p) =>
      db
        .deleteFrom("one_time_keys")
        .where("user_id", "=", p.user_id)
        .where("device_id", "=", p.device_id)
        .where("ticket", "is not", null)
        .where("place", "<=", p.place),
    ),
  };
}
