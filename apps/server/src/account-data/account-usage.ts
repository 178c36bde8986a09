import { dropOldest } from "#kernel";
import type { Usage, ValueStore } from "./value-store.ts";

/** What accounts have stored, asked of the store once and then counted along. */
export interface AccountUsage {
  of(userId: string): Promise<Usage>;
  /** After a commit. */
  note(userId: string, usage: Usage): void;
  /** After a commit that may or may not be there: the store is asked anew. */
  forget(userId: string): void;
}

/** Bounded: the least recently used account is asked for again. */
export function createAccountUsage(values: Pick<ValueStore, "usage">, capacity = 10_000): AccountUsage {
  const known = new Map<string, Usage>();
  const note = (userId: string, usage: Usage) => {
    known.delete(userId);
    known.set(userId, usage);
    dropOldest(known, capacity);
  };
  return {
    note,
    async of(userId) {
      const usage = known.get(userId) ?? (await values.usage(userId));
      note(userId, usage);
      return usage;
    },
    forget: (userId) => void known.delete(userId),
  };
}
