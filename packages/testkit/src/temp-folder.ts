import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TempFolder {
  readonly path: string;
  remove(): void;
}

/** A fresh folder that only this user can enter; the test removes it. */
export function makeTempFolder(name = "test"): TempFolder {
  const path = mkdtempSync(join(tmpdir(), `wardroom-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
