import { MatrixError } from "#kernel";
import type { UnsentAnswers } from "./unsent-answers.ts";

/** The requests in progress for which much is read. */
export interface HeavyReads {
  /**
   * @returns what is to be called, once, when the reading is over
   * @throws MatrixError M_LIMIT_EXCEEDED when the account has too many in progress, or too much is left unread.
   */
  begin(owner: string): () => void;
}

const RETRY_AFTER_MS = 1000;

/** A rate limit alone lets a burst through that keeps the event loop busy for minutes; this bounds what is under way at once. */
export function createHeavyReads(perAccount: number, unsent: UnsentAnswers): HeavyReads {
  const inProgress = new Map<string, number>();
  return {
    begin(owner) {
      unsent.admitLarge();
      const before = inProgress.get(owner) ?? 0;
      if (before >= perAccount) {
        throw new MatrixError("M_LIMIT_EXCEEDED", "Too many large requests at once. Wait for their answers.", {
          retryAfterMs: RETRY_AFTER_MS,
        });
      }
      inProgress.set(owner, before + 1);
      return () => {
        const left = (inProgress.get(owner) ?? 0) - 1;
        if (left > 0) inProgress.set(owner, left);
        else inProgress.delete(owner);
      };
    },
  };
}
