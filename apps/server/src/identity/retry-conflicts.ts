import { Conflict } from "#storage";

const MAX_ATTEMPTS = 3;

/** Decides again when what was read has changed before the commit (design D4). @throws Conflict after the third time. */
export async function retryConflicts<T>(decide: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await decide();
    } catch (error) {
      if (!(error instanceof Conflict) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
