import { type EntrySegment, MalformedEntry, parseEntry } from "./entry.ts";
import type { PlaceRow } from "./place-store.ts";

const tokenOf = (segment: EntrySegment | undefined): Uint8Array | null =>
  segment === undefined ? null : Buffer.from(segment.token, "base64");

/** The row by which an entry is found; a function of the entry alone. */
export function placeOf(n: number, entry: Uint8Array): PlaceRow {
  try {
    const { head, segments } = parseEntry(entry);
    const { time, code, outcome } = head;
    return { n, time, code, outcome, actor: tokenOf(segments.actor), target: tokenOf(segments.target), room: tokenOf(segments.room) };
  } catch (error) {
    if (!(error instanceof MalformedEntry)) throw error;
    // Somebody wrote it past this program. It stays in the tree, where it is found by its place.
    return { n, time: 0, code: "malformed", outcome: "", actor: null, target: null, room: null };
  }
}
