/** What was opened, to be closed in reverse. */
export interface Closing {
  add(step: () => Promise<void> | void): void;
  /** Runs every step, even after one has failed. @throws the first failure, at the end */
  close(): Promise<void>;
}

export function createClosing(): Closing {
  const steps: (() => Promise<void> | void)[] = [];
  return {
    add: (step) => void steps.push(step),
    async close() {
      const failures: unknown[] = [];
      for (const step of steps.splice(0).toReversed()) {
        try {
          await step();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Closes after a failed start; the failure itself is what the operator must see. */
export async function closeAfter(closing: Closing, failure: unknown): Promise<never> {
  await closing.close().catch(() => {});
  throw failure;
}
