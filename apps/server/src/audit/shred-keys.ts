import type { Clock, Logger, Timers } from "#kernel";
import type { Keys } from "#keys";
import type { Storage } from "#storage";
import type { Recorder } from "./create-recorder.ts";

export interface ShredDeps {
  readonly keys: Pick<Keys, "audit">;
  readonly storage: Storage;
  readonly recorder: Recorder;
  readonly keepDays: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

const DAY_MS = 86_400_000;

/** Once a day, and at the start: destroys the audit keys of erased persons whose entries are no longer to be kept. */
export function keepShredding({ keys, storage, recorder, keepDays, clock, timers, log }: ShredDeps): { close(): void } {
  let timer: { cancel(): void } | undefined;
  const shred = async (): Promise<void> => {
    const count = await keys.audit.destroyErased(clock.now() - keepDays * DAY_MS);
    if (count === 0) return;
    await storage.commit({ writes: recorder.writes({ event: "audit.keys.destroyed", actor: "server", outcome: "done", count }) });
  };
  const shredDaily = (): void => {
    timer = timers.after(DAY_MS, shredDaily);
    shred().catch((error: unknown) => {
      log.error({ error: error instanceof Error ? error.message : "unknown" }, "audit keys could not be destroyed; trying again tomorrow");
    });
  };
  shredDaily();
  return { close: () => timer?.cancel() };
}
