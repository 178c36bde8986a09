import type Database from "better-sqlite3-multiple-ciphers";
import { type DatabaseFile, openDatabase } from "./open-database.ts";
import type { WorkerStart } from "./worker-messages.ts";

/** "WDRM" */
const APPLICATION_ID = 0x57_44_52_4d;

/** Opens the store's file; the exported copy of its key is cleared afterwards. @throws as `openDatabase` does. */
export function openStoreFile({ path, key, cipher }: WorkerStart, options: Pick<DatabaseFile, "readonly" | "mustExist">): Database {
  const bytes = key.export();
  try {
    return openDatabase({ ...options, path, key: bytes, cipher, applicationId: APPLICATION_ID });
  } finally {
    bytes.fill(0);
  }
}
