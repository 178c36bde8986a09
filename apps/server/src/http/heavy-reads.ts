import { MatrixError, nextTurn } from "#kernel";
import type { UnsentAnswers } from "./unsent-answers.ts";

/** The requests in progress for which much is read. */
export interface HeavyReads {
  /**
   * Waits for the account's turn.
   * @param signal its abortion gives the turn up, and its reason is then thrown
   * @returns what is to be called, once, when the reading is over
   * @throws MatrixError M_LIMIT_EXCEEDED when too many of the account wait already, or too much is left unread.
   */
  begin(owner: string, signal: AbortSignal): Promise<() => void>;
}

/** Devices that come back together, after a restored store for example, are ordinary: they wait for each other. */
const MOST_WAITING = 16;
const RETRY_AFTER_MS = 1000;

interface OfAccount {
  inProgress: number;
  /** Those whose turn has not come, in order: what calls them. */
  readonly waiting: Set<() => void>;
}

/** A rate limit alone lets a burst through that keeps the event loop busy for minutes; this bounds what is under way at once. */
export function createHeavyReads(perAccount: number, unsent: UnsentAnswers): HeavyReads {
  const accounts = new Map<string, OfAccount>();
  const leave = (owner: string, account: OfAccount) => {
    const [next] = account.waiting;
    if (next !== undefined) {
      // The place is handed on, not given up: nobody who comes just now can take it.
      account.waiting.delete(next);
      next();
      return;
    }
    account.inProgress -= 1;
    if (account.inProgress === 0) accounts.delete(owner);
  };
  const admit = (owner: string) => {
    unsent.admitLarge();
    unsent.admit(owner);
  };
  // Those who waited were let in before the answers of the others were there: sixteen more would be made for who reads none of them.
  const admitLate = async (owner: string, account: OfAccount) => {
    // The answer that made room is written in this turn, and counted then.
    await nextTurn();
    try {
      admit(owner);
    } catch (error) {
      leave(owner, account);
      throw error;
    }
  };
  return {
    async begin(owner, signal) {
      admit(owner);
      const account = accounts.get(owner) ?? { inProgress: 0, waiting: new Set() };
      accounts.set(owner, account);
      if (account.inProgress < perAccount) account.inProgress += 1;
      else {
        await takeTurn(account, signal);
        await admitLate(owner, account);
      }
      return () => leave(owner, account);
    },
  };
}

function takeTurn({ waiting }: OfAccount, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (waiting.size >= MOST_WAITING) {
    throw new MatrixError("M_LIMIT_EXCEEDED", "Too many large requests at once. Wait for their answers.", { retryAfterMs: RETRY_AFTER_MS });
  }
  return new Promise((resolve, reject) => {
    const call = () => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    };
    const giveUp = () => {
      waiting.delete(call);
      reject(signal.reason);
    };
    waiting.add(call);
    signal.addEventListener("abort", giveUp, { once: true });
  });
}
