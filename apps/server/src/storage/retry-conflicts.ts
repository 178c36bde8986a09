import { Conflict } from "./contract.ts";

const MOST_TRIES = 3;

/** Reads and decides again when what was read has changed before the commit. @throws Conflict after the third time. */
export async function retryConflicts<T>(decide: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await decide();
    } catch (error) {
      if (!(error instanceof Conflict) || tries === MOST_TRIES) throw error;
    }
  }
}
