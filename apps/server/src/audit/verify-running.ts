import type { AuditRecord } from "#kernel";
import type { Keys } from "#keys";
import type { Storage } from "#storage";
import type { AuditLog, Reader } from "./contract.ts";
import type { Recorder } from "./create-recorder.ts";
import { MalformedEntry } from "./entry.ts";
import type { ExportReport } from "./export-report.ts";
import type { Growing } from "./keep-growing.ts";
import { openEntry } from "./open-entry.ts";
import { edgeOf } from "./read-stored.ts";
import { type StoreCheckDeps, verifyStore } from "./verify-store.ts";

export interface StoreVerificationDeps extends Omit<StoreCheckDeps, "edge" | "isGenuine"> {
  readonly storage: Storage;
  readonly keys: Pick<Keys, "audit">;
  readonly recorder: Recorder;
  readonly growing: Pick<Growing, "catchUp" | "current">;
}

/** The check of the store that is in use: what is committed while it runs is left for the next one. */
export function createStoreVerification(deps: StoreVerificationDeps): AuditLog["verify"] {
  const { growing, keys } = deps;
  const edge = () => {
    const { log, tree } = growing.current();
    return { log, size: tree.size, tiles: edgeOf(tree) };
  };
  const check = async (): Promise<ExportReport> => {
    // So that store and second place are at the same head; where nothing can be signed, that is what is found.
    await growing.catchUp().catch(() => undefined);
    return verifyStore({ ...deps, edge, isGenuine: (entry) => opens(keys, entry) });
  };
  let running: Promise<ExportReport> | undefined;
  return async (reader) => {
    running ??= check().finally(() => (running = undefined));
    const report = await running;
    await deps.storage.commit({ writes: deps.recorder.writes(recordOf(reader, report)) });
    return report;
  };
}

function recordOf({ actor, deviceId, address }: Reader, { logs, faults }: ExportReport): AuditRecord {
  const isWhole = faults.length === 0 && logs.every((log) => log.faults.length === 0);
  const from = { ...(deviceId === undefined ? {} : { deviceId }), ...(address === undefined ? {} : { address }) };
  return { event: "audit.verified", actor, ...from, asAdministrator: true, outcome: "done", reason: isWhole ? "whole" : "not-whole" };
}

function opens(keys: Pick<Keys, "audit">, entry: Uint8Array): boolean {
  try {
    openEntry(keys, entry, { log: 0, index: 0, unsigned: false });
    return true;
  } catch (error) {
    if (error instanceof MalformedEntry || (error instanceof Error && error.name === "SealBroken")) return false;
    throw error;
  }
}
