import { unpackEntries } from "@wardroom/merkle-log";
import type { AuditHouse } from "./audit.test-support.ts";
import type { ExportFiles } from "./export-files.ts";
import { describeExport, type ExportReport } from "./export-report.ts";
import { filesOf } from "./list-files.ts";

/** An exported folder in memory, by paths. */
export type ExportedFolder = Map<string, Uint8Array>;

const tester = { actor: "test" } as const;

/** What `wardroom audit export` writes. */
export async function exportOf({ audit }: AuditHouse): Promise<ExportedFolder> {
  const state = await audit.state(tester);
  const folder: ExportedFolder = new Map([["export.json", Buffer.from(describeExport(state))]]);
  if (state.secondPlace !== undefined) folder.set("second-place", Buffer.from(state.secondPlace));
  for (const { log, vkey, checkpoint, size } of state.logs) {
    folder.set(`logs/${log}/vkey`, Buffer.from(`${vkey}\n`));
    if (checkpoint !== "") folder.set(`logs/${log}/checkpoint`, Buffer.from(checkpoint));
    for (const path of filesOf(size)) folder.set(`logs/${log}/${path}`, await audit.readFile(tester, log, path));
  }
  return folder;
}

export function filesIn(folder: ReadonlyMap<string, Uint8Array>): ExportFiles {
  const names = new Map<string, Map<string, boolean>>();
  for (const path of folder.keys()) {
    const parts = path.split("/");
    for (const [at, name] of parts.entries()) {
      const parent = parts.slice(0, at).join("/");
      const within = names.get(parent) ?? new Map<string, boolean>();
      within.set(name, at < parts.length - 1);
      names.set(parent, within);
    }
  }
  return {
    read(path) {
      const bytes = folder.get(path);
      return bytes === undefined ? { why: { what: "file-missing" } } : { bytes };
    },
    list: (path) => [...(names.get(path) ?? [])].map(([name, isFolder]) => ({ name, isFolder })),
  };
}

/** All faults, as `place what`. */
export function faultsOf({ logs, faults }: ExportReport): readonly string[] {
  return [...faults, ...logs.flatMap((log) => log.faults)].map(({ place, what }) => `${place} ${what}`);
}

/** Which entry of a bundle holds this byte, its length included. */
export function entryAt(bundle: Uint8Array, at: number): number {
  let end = 0;
  return unpackEntries(bundle).findIndex((entry) => (end += 2 + entry.length) > at);
}
