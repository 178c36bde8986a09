import { createSigner } from "@wardroom/merkle-log";
import type { Clock, Logger, Random, Timers } from "#kernel";
import type { Keys } from "#keys";
import type { Storage } from "#storage";
import type { AuditLog } from "./contract.ts";
import { createRecorder } from "./create-recorder.ts";
import { parseEntry } from "./entry.ts";
import { keepGrowing } from "./keep-growing.ts";
import { createLogStore, type LogStore } from "./log-store.ts";
import { loadLog, openLog } from "./open-log.ts";
import { createPlaceStore } from "./place-store.ts";
import { createReads } from "./read-log.ts";
import { createEntrySealer } from "./seal-entry.ts";
import { createSecondPlace } from "./second-place.ts";
import { latestOf, type LatestTime } from "./stamp-time.ts";
import { createCheckpointSigner } from "./sign-checkpoint.ts";
import { keepShredding } from "./shred-keys.ts";
import { createStoreVerification } from "./verify-running.ts";

export interface AuditDeps {
  readonly storage: Storage;
  readonly keys: Pick<Keys, "audit" | "logSigning">;
  readonly serverName: string;
  /** Name of the policy set that decides. */
  readonly policySet: string;
  /** Path of the file that holds the last signed checkpoint a second time. */
  readonly secondPlace: string;
  /** How long entries are kept after the quarter in which they were made; then the keys of erased persons go. */
  readonly keepDays: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly log: Logger;
}

/**
 * Opens the log, or begins a new one where the store is not what was signed of it.
 * @throws Error if the second place cannot be read or written
 */
export async function createAudit(deps: AuditDeps): Promise<AuditLog> {
  const { storage, keys, clock, timers, log } = deps;
  const store = createLogStore(storage.statements);
  const places = createPlaceStore(storage.statements);
  const secondPlace = createSecondPlace(deps.secondPlace);
  const signerOf = (origin: string) => createSigner(origin, keys.logSigning.privateKey);
  const seal = createEntrySealer(deps);
  const opened = await openLog({ ...deps, store, places, secondPlace, signerOf, seal });
  const signer = createCheckpointSigner({ signer: signerOf(opened.log.origin), secondPlace, last: opened.last });
  const growing = keepGrowing(opened.log, { storage, places, signer, timers, log, reload: () => reload(store) });
  const recorder = createRecorder({
    storage,
    store,
    seal,
    clock,
    timers,
    latest: await latestTime(store),
    noteEntries: growing.noteEntries,
    log,
  });
  const load = (row: Parameters<typeof loadLog>[1]) => loadLog({ store }, row);
  const reads = createReads({ ...deps, store, places, recorder, secondPlace, current: growing.current, stopped: growing.stopped, load });
  // Also shows at once whether the second place can be written.
  await growing.catchUp();
  const shredding = keepShredding({ ...deps, recorder });
  return {
    ...recorder,
    ...reads,
    verify: createStoreVerification({ ...deps, store, places, secondPlace, recorder, growing, vkeyOf: (origin) => signerOf(origin).vkey }),
    checkpoint: growing.catchUp,
    async close() {
      shredding.close();
      growing.close();
      await recorder.flush();
      // What is not signed now is signed at the next start.
      await growing.catchUp().catch((error: unknown) => {
        if (growing.stopped() === undefined)
          log.error({ error: error instanceof Error ? error.message : "unknown" }, "no last checkpoint could be made");
      });
    },
  };
}

async function reload(store: LogStore) {
  const row = (await store.listLogs()).at(-1);
  if (row === undefined) throw new TypeError("a log that was opened is gone");
  return loadLog({ store }, row);
}

/** Acts may overtake each other by little, so the latest time is among the last entries. */
const LAST_ENTRIES = 256;

async function latestTime(store: LogStore): Promise<LatestTime> {
  const last = await store.lastEntry();
  const rows = await store.listEntries(Math.max(0, last + 1 - LAST_ENTRIES), LAST_ENTRIES);
  return latestOf(rows.flatMap(({ entry }) => timeOf(entry)));
}

function timeOf(entry: Uint8Array): readonly LatestTime[] {
  try {
    const { time, clock } = parseEntry(entry).head;
    return [{ at: time, clock }];
  } catch {
    return [];
  }
}
