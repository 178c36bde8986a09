import { createFakeClock, createSeededRandom, makeTempFolder } from "@wardroom/testkit";
import { type AccountData, accountDataMigrations, createAccountData, type AccountDataDeps } from "#account-data";
import { type Actor, silentLogger } from "#kernel";
import { createKeyFile, createKeys, fileKeyProvider, type Keys } from "#keys";
import { openStorage, type Storage } from "#storage";

/** Account data on a real encrypted store in a folder of its own. */
export interface TestHouse {
  readonly accountData: AccountData;
  readonly storage: Storage;
  readonly keys: Keys;
  /** Users told of a change, with the durable position at that moment. */
  readonly changes: { readonly userId: string; readonly position: number }[];
  close(): Promise<void>;
}

export const userId = "@alice:example.org";
export const actor: Actor = { userId, deviceId: "PHONE", isAdmin: false };

export async function openHouse(limits?: AccountDataDeps["limits"]): Promise<TestHouse> {
  const folder = makeTempFolder("account-data");
  const path = folder.path;
  const random = createSeededRandom(path);
  const clock = createFakeClock();
  createKeyFile(`${path}/test.key`);
  const kek = fileKeyProvider(`${path}/test.key`);
  const keys = await createKeys({ dataDir: path, kek, serverName: "example.org", random, clock, log: silentLogger });
  const storage = await openStorage({
    path: `${path}/store.db`,
    pageKey: keys.storePageKey(),
    cipher: "aegis",
    migrations: accountDataMigrations,
    random,
    log: silentLogger,
  });
  const changes: { userId: string; position: number }[] = [];
  const onChanged = (changed: string) => void changes.push({ userId: changed, position: storage.durablePosition() });
  return {
    accountData: createAccountData({ storage, keys, clock, onChanged, ...(limits === undefined ? {} : { limits }) }),
    storage,
    keys,
    changes,
    async close() {
      await storage.close();
      keys.close();
      folder.remove();
    },
  };
}
