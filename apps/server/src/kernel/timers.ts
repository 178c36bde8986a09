/** Runs something later. Passed in, so that tests fire timers instead of waiting. */
export interface Timers {
  /** Runs `work` once after `milliseconds`, unless cancelled. Does not keep the process alive. */
  after(milliseconds: number, work: () => void): { cancel(): void };
}

export const systemTimers: Timers = {
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
