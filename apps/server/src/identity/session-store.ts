import type { Actor } from "#kernel";
import type { Keys } from "#keys";
import type { Statements, Write } from "#storage";
import { sealDeviceName } from "./device-name.ts";
import type { StoredDevice } from "./device-store.ts";

interface StoredToken {
  readonly token_hash: string;
  readonly user_id: string;
  readonly device_id: string;
  readonly created_at: number;
}

interface Tables {
  readonly access_tokens: StoredToken;
  readonly devices: StoredDevice;
  readonly accounts: { readonly user_id: string; readonly is_admin: number; readonly state: string };
}

interface NewSession {
  readonly tokenHash: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly displayName: string | undefined;
  readonly createdAt: number;
}

export interface SessionStore {
  /** Undefined for an unknown token and for one of an account that is not active. */
  findActor(tokenHash: string): Promise<Actor | undefined>;
  /** The user's devices besides this one, without the `keep` that signed in last; at most `most` of them. */
  listBeyond(userId: string, deviceId: string, keep: number, most: number): Promise<readonly string[]>;
  /** Makes the device unless it exists (then its name stays), ends its older tokens, adds the new one. */
  open(session: NewSession): readonly Write[];
  /** The device and its tokens. `expect`: how many such devices there must be; absent, nothing is expected. */
  removeDevice(userId: string, deviceId: string, expect?: number): readonly Write[];
  /** All tokens of the user but this device's: one statement, however many there are. */
  endOtherTokens(userId: string, deviceId: string): Write;
  /** All devices of the user but this one: one statement, however many there are. */
  removeOtherDevices(userId: string, deviceId: string): Write;
}

export function createSessionStore(statements: Statements, keys: Keys): SessionStore {
  const reads = createReads(statements);
  const writes = createWrites(statements);
  const sealName = ({ userId, deviceId, displayName }: NewSession) =>
    displayName === undefined ? null : sealDeviceName(keys, userId, deviceId, displayName);
  return {
    async findActor(tokenHash) {
      const row = await reads.find.get({ tokenHash, state: "active" });
      return row === undefined ? undefined : Object.freeze({ userId: row.user_id, deviceId: row.device_id, isAdmin: row.is_admin === 1 });
    },
    listBeyond: async (userId, deviceId, keep, most) =>
      (await reads.beyond.all({ userId, deviceId, keep, most })).map((row) => row.device_id),
    open: (session) => {
      const { tokenHash, userId, deviceId, createdAt } = session;
      return [
        writes.insertDevice({ userId, deviceId, createdAt, displayName: sealName(session) }),
        writes.deleteTokens({ userId, deviceId }),
        writes.insertToken({ tokenHash, userId, deviceId, createdAt }, 1),
      ];
    },
    removeDevice: (userId, deviceId, expect) => [
      writes.deleteTokens({ userId, deviceId }),
      writes.deleteDevice({ userId, deviceId }, expect),
    ],
    endOtherTokens: (userId, deviceId) => writes.deleteTokensExcept({ userId, deviceId }),
    removeOtherDevices: (userId, deviceId) => writes.deleteDevicesExcept({ userId, deviceId }),
  };
}

function createReads(statements: Statements) {
  type Beyond = { userId: string; deviceId: string; keep: number; most: number };
  type ActorRow = { readonly user_id: string; readonly device_id: string; readonly is_admin: number };
  return {
    find: statements.read<Tables, { tokenHash: string; state: string }, ActorRow>((db, p) =>
      db
        .selectFrom("access_tokens")
        .innerJoin("accounts", "accounts.user_id", "access_tokens.user_id")
        .select(["access_tokens.user_id", "access_tokens.device_id", "accounts.is_admin"])
        .where("access_tokens.token_hash", "=", p.tokenHash)
        .where("accounts.state", "=", p.state),
    ),
    // A token is made at each sign-in and its predecessor deleted: its age is the time since the last sign-in.
    beyond: statements.read<Tables, Beyond, { readonly device_id: string }>((db, p) =>
      db
        .selectFrom("devices")
        .leftJoin("access_tokens", (join) =>
          join.onRef("access_tokens.user_id", "=", "devices.user_id").onRef("access_tokens.device_id", "=", "devices.device_id"),
        )
        .select("devices.device_id")
        .where("devices.user_id", "=", p.userId)
        .where("devices.device_id", "<>", p.deviceId)
        .orderBy((build) => build.fn.coalesce("access_tokens.created_at", "devices.created_at"), "desc")
        .orderBy("devices.device_id")
        .limit(p.most)
        .offset(p.keep),
    ),
  };
}

function createWrites(statements: Statements) {
  type Device = { userId: string; deviceId: string };
  return {
    insertDevice: statements.write<Tables, Device & { createdAt: number; displayName: Uint8Array | null }>((db, p) =>
      db
        .insertInto("devices")
        .values({ user_id: p.userId, device_id: p.deviceId, display_name: p.displayName, created_at: p.createdAt })
        .onConflict((conflict) => conflict.doNothing()),
    ),
    insertToken: statements.write<Tables, Device & { tokenHash: string; createdAt: number }>((db, p) =>
      db.insertInto("access_tokens").values({ token_hash: p.tokenHash, user_id: p.userId, device_id: p.deviceId, created_at: p.createdAt }),
    ),
    deleteTokens: statements.write<Tables, Device>((db, p) =>
      db.deleteFrom("access_tokens").where("user_id", "=", p.userId).where("device_id", "=", p.deviceId),
    ),
    deleteDevice: statements.write<Tables, Device>((db, p) =>
      db.deleteFrom("devices").where("user_id", "=", p.userId).where("device_id", "=", p.deviceId),
    ),
    deleteTokensExcept: statements.write<Tables, Device>((db, p) =>
      db.deleteFrom("access_tokens").where("user_id", "=", p.userId).where("device_id", "<>", p.deviceId),
    ),
    deleteDevicesExcept: statements.write<Tables, Device>((db, p) =>
      db.deleteFrom("devices").where("user_id", "=", p.userId).where("device_id", "<>", p.deviceId),
    ),
  };
}
