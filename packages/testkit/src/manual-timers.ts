/** Timers that run out when the test says so. */
export interface ManualTimers {
  readonly timers: { after(milliseconds: number, work: () => void): { cancel(): void } };
  /** Runs what waits; what that starts waits for the next time. */
  readonly fire: () => void;
}

export function createManualTimers(): ManualTimers {
  const waiting = new Set<() => void>();
  return {
    timers: {
      after(_milliseconds, work) {
        waiting.add(work);
        return { cancel: () => void waiting.delete(work) };
      },
    },
    fire() {
      const due = [...waiting];
      waiting.clear();
      for (const work of due) work();
    },
  };
}
