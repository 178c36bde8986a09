import type { Finding } from "./export-report.ts";

/** What a check can find. */
export type FindingName =
  | "checkpoint-malformed"
  | "checkpoint-mismatch"
  | "checkpoint-missing"
  | "checkpoint-origin"
  | "checkpoint-signature"
  | "clock-turned-back"
  | "continuation-mismatch"
  | "continuation-missing"
  | "entries-lost"
  | "entry-malformed"
  | "entry-mismatch"
  | "file-malformed"
  | "file-missing"
  | "file-not-plain"
  | "file-unexpected"
  | "file-unreadable"
  | "key-from-folder"
  | "key-malformed"
  | "key-mismatch"
  | "key-of-other-log"
  | "log-broken-off"
  | "log-unlisted"
  | "no-witness"
  | "past-rewritten"
  | "proof-malformed"
  | "proof-mismatch"
  | "root-mismatch"
  | "row-mismatch"
  | "row-missing"
  | "second-place-ahead"
  | "second-place-differs"
  | "second-place-malformed"
  | "second-place-missing"
  | "start-mismatch"
  | "start-misplaced"
  | "tile-mismatch"
  | "time-backwards"
  | "too-many-faults"
  | "witness-key-malformed"
  | "witness-signature";

export function finding(place: string, what: FindingName, detail?: string): Finding {
  return detail === undefined ? { place, what } : { place, what, detail };
}
