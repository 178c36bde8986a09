import { MALFORMED, type PlaceRow } from "./place-store.ts";

/** What the index takes of an entry. Read without the strict check of `parseEntry`: the index is never the truth. */
interface Indexed {
  readonly time: number;
  readonly code: string;
  readonly outcome: string;
  readonly actor?: { readonly token: string };
  readonly target?: { readonly token: string };
  readonly room?: { readonly token: string };
}

/** The row by which an entry is found, as `insertRange` makes it; a function of the entry alone. */
export function placeOf(n: number, entry: Uint8Array): PlaceRow {
  try {
    // What this program wrote has this shape; what it has not is caught below.
    const { time, code, outcome, actor, target, room } = JSON.parse(
      Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength).toString("utf8"),
    ) as Indexed;
    if (!Number.isSafeInteger(time) || typeof code !== "string" || typeof outcome !== "string") throw new TypeError("no entry");
    return { n, time, code, outcome, actor: actor?.token ?? null, target: target?.token ?? null, room: room?.token ?? null };
  } catch {
    // Somebody wrote it past this program. It stays in the tree, where it is found by its place.
    return { n, time: 0, code: MALFORMED, outcome: "", actor: null, target: null, room: null };
  }
}
