import { MalformedBundle } from "./errors.ts";
import { MAX_ENTRY_BYTES } from "./hashes.ts";
import { TILE_WIDTH } from "./tiles.ts";

export const LENGTH_BYTES = 2;

/**
 * A bundle: each entry after its length as a big-endian uint16.
 * @param entries at most 256, each at most 65,535 bytes
 * @throws MalformedBundle
 */
export function packEntries(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length > TILE_WIDTH) throw new MalformedBundle(`a bundle has at most ${TILE_WIDTH} entries`);
  const bytes = Buffer.alloc(entries.reduce((sum, entry) => sum + LENGTH_BYTES + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) throw new MalformedBundle(`an entry has at most ${MAX_ENTRY_BYTES} bytes`);
    at = bytes.writeUInt16BE(entry.length, at);
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}

/** Where the entry ends whose length stands at `at`; undefined if the bundle is too short for it. */
export function endOfEntry(bundle: Uint8Array, at: number): number | undefined {
  const [high, low] = [bundle[at], bundle[at + 1]];
  if (high === undefined || low === undefined) return undefined;
  const end = at + LENGTH_BYTES + high * 256 + low;
  return end <= bundle.length ? end : undefined;
}

/** The entries as views into the bundle. @throws MalformedBundle */
export function unpackEntries(bundle: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bundle.length;) {
    const end = endOfEntry(bundle, at);
    if (end === undefined) throw new MalformedBundle(`entry ${entries.length} of the bundle is cut off`);
    if (entries.length === TILE_WIDTH) throw new MalformedBundle(`the bundle has more than ${TILE_WIDTH} entries`);
    entries.push(bundle.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return entries;
}
