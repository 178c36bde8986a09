import type { Statements, Write } from "#storage";

export interface FallbackKeyRow {
  readonly algorithm: string;
  /** `<algorithm>:<key id>`. */
  readonly name: string;
  /** Canonical JSON of the key. */
  readonly content: string;
  /** 1 once it was given out. */
  readonly used: number;
}

interface Tables {
  fallback_keys: FallbackKeyRow & { readonly user_id: string; readonly device_id: string };
}

type Device = { user_id: string; device_id: string };

export type FallbackKeyStore = ReturnType<typeof createFallbackKeyStore>;

/** At most one key per device and algorithm, for when the one-time keys have run out. */
export function createFallbackKeyStore(statements: Statements) {
  const put = statements.write<Tables, Device & { algorithm: string; name: string; content: string }>((db, p) =>
    db
      .insertInto("fallback_keys")
      .values({ user_id: p.user_id, device_id: p.device_id, algorithm: p.algorithm, name: p.name, content: p.content, used: 0 })
      .onConflict((conflict) =>
        conflict.columns(["user_id", "device_id", "algorithm"]).doUpdateSet((excluded) => ({
          name: excluded.ref("excluded.name"),
          content: excluded.ref("excluded.content"),
          used: excluded.ref("excluded.used"),
        })),
      ),
  );
  // By name: a key that came in its place meanwhile is not used.
  const use = statements.write<Tables, Device & { name: string }>((db, p) =>
    db
      .updateTable("fallback_keys")
      .set({ used: 1 })
      .where("user_id", "=", p.user_id)
      .where("device_id", "=", p.device_id)
      .where("name", "=", p.name),
  );
  const list = statements.read<Tables, Device, FallbackKeyRow>((db, p) =>
    db
      .selectFrom("fallback_keys")
      .select(["algorithm", "name", "content", "used"])
      .where("user_id", "=", p.user_id)
      .where("device_id", "=", p.device_id)
      .orderBy("algorithm"),
  );
  return {
    put: (userId: string, deviceId: string, key: { algorithm: string; name: string; content: string }): Write =>
      put({ ...key, user_id: userId, device_id: deviceId }, 1),
    use: (userId: string, deviceId: string, name: string): Write => use({ user_id: userId, device_id: deviceId, name }),
    list: (userId: string, deviceId: string) => list.all({ user_id: userId, device_id: deviceId }),
  };
}
