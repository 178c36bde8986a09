import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createFakeClock, createSeededRandom, makeTempFolder } from "@wardroom/testkit";
import { silentLogger } from "#kernel";
import { createKeys, type KeysDeps } from "./create-keys.ts";
import { createKeyFile, fileKeyProvider } from "./key-file.ts";

export interface Place {
  readonly root: string;
  readonly dataDir: string;
  readonly keyFile: string;
  open(changes?: Partial<KeysDeps>): ReturnType<typeof createKeys>;
  /** All bytes of all files of the data folder. */
  bytes(): Buffer;
  /** Copies the data folder aside and returns the copy's path. */
  copy(name: string): string;
}

let seeds = 0;

export function makePlace(context: TestContext): Place {
  const folder = makeTempFolder("keys");
  context.after(() => folder.remove());
  const [dataDir, keyFile] = [join(folder.path, "data"), join(folder.path, "wardroom.key")];
  mkdirSync(dataDir);
  createKeyFile(keyFile);
  return {
    root: folder.path,
    dataDir,
    keyFile,
    open(changes) {
      const random = createSeededRandom(`keys ${(seeds += 1)}`);
      const kek = fileKeyProvider(keyFile);
      return createKeys({ dataDir, kek, serverName: "example.org", random, clock: createFakeClock(), log: silentLogger, ...changes });
    },
    bytes: () => Buffer.concat(readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name)))),
    copy(name) {
      const target = join(folder.path, name);
      mkdirSync(target);
      for (const file of readdirSync(dataDir)) copyFileSync(join(dataDir, file), join(target, file));
      return target;
    },
  };
}

export const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString());

export function keyFileIn(dataDir: string): string {
  const [name, ...more] = readdirSync(dataDir).filter((file) => /^keys-[A-Z]+\.db$/.test(file));
  if (name === undefined || more.length > 0) throw new Error(`not exactly one file of keys: ${readdirSync(dataDir).join(" ")}`);
  return join(dataDir, name);
}
