/** One thing that is not as the checkpoint says. `reason` is a sentence for people. */
export type Fault =
  /** The entry is not the one that was signed, or the caller's `onEntry` objects to it. */
  | { readonly kind: "entry"; readonly index: number; readonly path: string; readonly reason: string }
  /** The file is not the one that was signed, or not there. */
  | { readonly kind: "tile" | "entries"; readonly path: string; readonly reason: string }
  /** All entries and tiles agree with each other, and the checkpoint with none of them. */
  | { readonly kind: "checkpoint"; readonly reason: string };

export interface LogReport {
  readonly size: number;
  /** Entries that fit the checkpoint. */
  readonly entries: number;
  /** In the order of the entries that they concern. Empty: the log is what was signed. */
  readonly faults: readonly Fault[];
  /** False if there were so many faults that the check was given up. */
  readonly complete: boolean;
}

/** Thrown inside a check to end it, never out of it. */
export class TooManyFaults extends Error {}

export interface FaultList {
  /**
   * What was altered or is missing.
   * @param start index of the first entry that it concerns
   * @throws TooManyFaults
   */
  add(start: number, fault: Fault): void;
  /** What the caller objects to in an entry that is as it was signed. @throws TooManyFaults */
  object(index: number, path: string, reason: string): void;
  /** How many were altered or are missing. */
  readonly altered: number;
  list(): Fault[];
}

export function createFaultList(limit: number): FaultList {
  const found: { start: number; fault: Fault }[] = [];
  let altered = 0;
  const push = (start: number, fault: Fault): void => {
    found.push({ start, fault });
    if (found.length >= limit) throw new TooManyFaults();
  };
  return {
    add(start, fault) {
      altered += 1;
      push(start, fault);
    },
    object: (index, path, reason) => push(index, { kind: "entry", index, path, reason }),
    get altered() {
      return altered;
    },
    list: () => found.toSorted((one, other) => one.start - other.start).map(({ fault }) => fault),
  };
}
