/** Runs something later. Passed in, so that tests fire timers instead of waiting. */
export interface Timers {
  /** Runs `work` once after `milliseconds`, unless cancelled. Does not keep the process alive. */
  after(milliseconds: number, work: () => void): { cancel(): void };
}

/** Lets everything that waits for the event loop have its turn. For loops over many rows: their awaits alone give way to nobody. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export const systemTimers: Timers = {
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
