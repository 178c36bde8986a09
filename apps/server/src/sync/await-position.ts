import type { Timers } from "#kernel";
import type { Storage } from "#storage";

export interface PositionGate {
  /** Resolves true once the position is durable here, false when that did not happen in time. */
  reached(userId: string, position: number, signal: AbortSignal): Promise<boolean>;
}

/** How long another process of this house may be ahead of us before its token counts as foreign. */
const PATIENCE_MS = 2_000;
/** Positions can be invented; what waits for them is bounded, and one person cannot take all the places. */
const MOST_WAITING = 1_000;
const MOST_WAITING_PER_USER = 20;

/** Holds back requests whose token is ahead of what this process knows to be committed (design D5). */
export function createPositionGate(storage: Pick<Storage, "durablePosition" | "onCommitted">, timers: Timers): PositionGate {
  const waiting = new Set<{ readonly userId: string; readonly position: number; settle(reached: boolean): void }>();
  storage.onCommitted((durable) => {
    for (const entry of waiting) if (entry.position <= durable) entry.settle(true);
  });
  return {
    reached(userId, position, signal) {
      if (position <= storage.durablePosition()) return Promise.resolve(true);
      const own = [...waiting].filter((entry) => entry.userId === userId);
      if (waiting.size >= MOST_WAITING || own.length >= MOST_WAITING_PER_USER || signal.aborted) return Promise.resolve(false);
      return new Promise((resolve) => {
        const giveUp = () => entry.settle(false);
        const timer = timers.after(PATIENCE_MS, giveUp);
        const entry = {
          userId,
          position,
          settle(reached: boolean) {
            waiting.delete(entry);
            timer.cancel();
            signal.removeEventListener("abort", giveUp);
            resolve(reached);
          },
        };
        waiting.add(entry);
        signal.addEventListener("abort", giveUp, { once: true });
      });
    },
  };
}
