// The whole server inside the test's own process: for what only the house itself can do, such as erasing a person.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { compose, readConfig } from "@wardroom/server";
import { createHttpClient, type HttpClient, makeTempFolder } from "@wardroom/testkit";
import Database from "better-sqlite3-multiple-ciphers";
import { createSystemRandom, type Logger, silentLogger, systemClock } from "#kernel";
import { createKeys, fileKeyProvider } from "#keys";
import { createAnswerValidator } from "./answer-validator.test-support.ts";

export type House = Awaited<ReturnType<typeof compose>>;

export interface ComposedHouse {
  readonly dataDir: string;
  house(): House;
  http(): HttpClient;
  /** Closes the house; it can be opened again on the same files. */
  close(): Promise<void>;
  open(): Promise<void>;
}

/** @param flags what is configured besides, as on the command line */
export async function composeHouse(
  context: TestContext,
  flags: Parameters<typeof readConfig>[0]["flags"] = {},
  log: Logger = silentLogger,
): Promise<ComposedHouse> {
  const folder = makeTempFolder("house");
  const dataDir = join(folder.path, "data");
  const keyFile = join(folder.path, "wardroom.key");
  const config = readConfig({
    environment: {},
    flags: { data_dir: dataDir, key_file: keyFile, server_name: "localhost", listen: "127.0.0.1:0", profile: "conformance", ...flags },
  });
  const validator = createAnswerValidator();
  let running: { readonly house: House; readonly http: HttpClient } | undefined;
  const close = async () => {
    const was = running;
    running = undefined;
    await was?.house.close();
  };
  const open = async () => {
    const house = await compose({ config, log });
    await house.http.listen();
    running = { house, http: createHttpClient(`http://127.0.0.1:${house.http.port()}`, validator) };
  };
  const get = () => {
    if (running === undefined) throw new Error("the house is closed");
    return running;
  };
  await open();
  context.after(async () => {
    await close();
    folder.remove();
  });
  return { dataDir, house: () => get().house, http: () => get().http, close, open };
}

/** Names of the folder's files that contain the text as it is. */
export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
    .map((entry) => entry.name);
}

/** Names of tables of a closed house's store in which a cell contains the text, with the page cipher taken off: what a thief of store and page key reads. */
export async function tablesWith(dataDir: string, text: string): Promise<string[]> {
  const keys = await createKeys({
    dataDir,
    kek: fileKeyProvider(join(dataDir, "..", "wardroom.key")),
    serverName: "localhost",
    random: createSystemRandom(),
    clock: systemClock,
    log: silentLogger,
  });
  const db = new Database(join(dataDir, "wardroom.db"), { readonly: true });
  try {
    db.pragma("cipher = 'aegis'");
    db.key(Buffer.concat([Buffer.from("raw:"), keys.storePageKey()]));
    const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
    return names.map(String).filter((name) => {
      const rows = db.prepare(`SELECT * FROM "${name}"`).all();
      return rows.some((row) => typeof row === "object" && row !== null && Object.values(row).some((cell) => containsText(cell, text)));
    });
  } finally {
    db.close();
    keys.close();
  }
}

function containsText(cell: unknown, text: string): boolean {
  if (typeof cell === "string") return cell.includes(text);
  return cell instanceof Uint8Array && Buffer.from(cell).includes(text);
}
