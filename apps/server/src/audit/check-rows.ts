import type { Finding } from "./export-report.ts";
import { finding } from "./finding.ts";
import type { LogRow, LogStore } from "./log-store.ts";
import { placeOf } from "./place-of.ts";
import type { PlaceRow, PlaceStore } from "./place-store.ts";

export interface RowCheckDeps {
  readonly store: LogStore;
  readonly places: PlaceStore;
}

const CHUNK = 1024;
const MOST_FAULTS = 100;

/**
 * The rows of the index against the entries of one log, up to its head.
 * @param isFaulty whether the entry itself is not the one that was signed: its row then says nothing
 */
export async function checkRows(
  { store, places }: RowCheckDeps,
  { log, first_entry: first }: LogRow,
  size: number,
  isFaulty: (index: number) => boolean,
): Promise<readonly Finding[]> {
  const faults: Finding[] = [];
  for (let from = 0; from < size && faults.length < MOST_FAULTS; from += CHUNK) {
    const count = Math.min(CHUNK, size - from);
    const [entries, rows] = await Promise.all([store.listEntries(first + from, count), places.listInOrder(first + from, count)]);
    const found = new Map(rows.map((row) => [row.n, row]));
    for (const { n, entry } of entries) {
      const index = n - first;
      if (index >= from + count || isFaulty(index)) continue;
      const row = found.get(n);
      const place = `row ${log}/${index}`;
      if (row === undefined) faults.push(finding(place, "row-missing"));
      else if (!isSameRow(row, placeOf(n, entry))) faults.push(finding(place, "row-mismatch"));
    }
  }
  return faults.slice(0, MOST_FAULTS);
}

function isSameRow(one: PlaceRow, other: PlaceRow): boolean {
  const columns = ["time", "code", "outcome", "actor", "target", "room"] as const;
  return columns.every((column) => one[column] === other[column]);
}
