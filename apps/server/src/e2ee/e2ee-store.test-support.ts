import type { TestContext } from "node:test";
import { createFakeClock, createSeededRandom, makeTempFolder } from "@wardroom/testkit";
import { auditMigrations } from "#audit";
import { openTestAudit } from "#audit/test";
import { silentLogger } from "#kernel";
import { createKeyFile, createKeys, fileKeyProvider } from "#keys";
import { type Batch, openStorage, type Storage } from "#storage";
import { backupMigrations } from "./backup-migrations.ts";
import { toDeviceMigrations } from "./to-device-migrations.ts";

/** Store, keys and audit for one test; `batches` collects what is committed. */
export async function openStore(context: TestContext) {
  const folder = makeTempFolder("e2ee");
  createKeyFile(`${folder.path}/test.key`);
  const random = createSeededRandom("e2ee");
  const clock = createFakeClock();
  const kek = fileKeyProvider(`${folder.path}/test.key`);
  const keys = await createKeys({ dataDir: folder.path, kek, serverName: "example.org", random, clock, log: silentLogger });
  const opened = await openStorage({
    path: `${folder.path}/store.db`,
    pageKey: keys.storePageKey(),
    cipher: "aegis",
    migrations: [...auditMigrations, ...toDeviceMigrations, ...backupMigrations],
    random,
    log: silentLogger,
  });
  const audit = await openTestAudit({ storage: opened, keys, clock, random, path: folder.path });
  context.after(async () => {
    await audit.close();
    await opened.close();
    keys.close();
    folder.remove();
  });
  const batches: Batch[] = [];
  const commit: Storage["commit"] = (batch, onDurable) => {
    batches.push(batch);
    return opened.commit(batch, onDurable);
  };
  return { storage: { ...opened, commit }, keys, audit, random, serverName: "example.org", batches };
}

export const device = (userId: string, deviceId = "A") => ({ userId, deviceId, isAdmin: false });
