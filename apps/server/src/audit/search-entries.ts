import { MatrixError } from "#kernel";
import type { Keys } from "#keys";
import type { AuditQuery } from "./contract.ts";
import { codesMatching } from "./event-class.ts";
import { type Lead, type PlaceRow, type PlaceStore, UNLISTED } from "./place-store.ts";

export interface FoundPlaces {
  readonly places: readonly PlaceRow[];
  readonly next?: string;
}

/** Rows that one page looks at, most of which may not fit. A page then ends early, and says where to go on. */
const MOST_SCANNED = 20_000;
const STEP = 500;
const END_OF_TIME = { time: Number.MAX_SAFE_INTEGER, n: Number.MAX_SAFE_INTEGER };

/** Base64. */
type Token = string;
type Column = "actor" | "target" | "room";
type Cursor = { readonly time: number; readonly n: number };

/** Places that fit, newest first: led by one index, the other conditions judged row by row. */
export async function searchPlaces(store: PlaceStore, keys: Pick<Keys, "audit">, query: AuditQuery): Promise<FoundPlaces> {
  const tokens: Partial<Record<Column, readonly Token[]>> = {};
  for (const column of ["actor", "target", "room"] as const) {
    const value = query[column];
    if (value !== undefined) tokens[column] = keys.audit.tokens(value).map(base64Of);
  }
  const codes = query.code === undefined ? undefined : codesMatching(query.code);
  const leads = leadsOf(tokens, codes);
  const fits = conditionOf(query, tokens, codes);
  const from = query.from ?? 0;
  const found: PlaceRow[] = [];
  let before = firstCursor(query);
  for (let scanned = 0; scanned < MOST_SCANNED;) {
    const rows = await newestOf(store, leads, { before, from, limit: STEP });
    for (const row of rows) {
      before = row;
      if (!fits(row)) continue;
      found.push(row);
      if (found.length === query.limit) return { places: found, next: nameOf(before) };
    }
    if (rows.length < STEP) return { places: found };
    scanned += rows.length;
  }
  return { places: found, next: nameOf(before) };
}

function leadsOf(tokens: Partial<Record<Column, readonly Token[]>>, codes: readonly string[] | undefined): readonly Lead[] {
  for (const by of ["target", "actor", "room"] as const) {
    const values = tokens[by];
    if (values !== undefined) return values.map((value) => ({ by, value }));
  }
  return codes === undefined || codes.includes(UNLISTED) ? [{ by: "time" }] : codes.map((value) => ({ by: "code", value }));
}

/** The lists of all leads as one list. */
async function newestOf(
  store: PlaceStore,
  leads: readonly Lead[],
  range: { readonly before: Cursor; readonly from: number; readonly limit: number },
): Promise<readonly PlaceRow[]> {
  const lists = await Promise.all(leads.map((lead) => store.list(lead, range)));
  const rows = lists.length === 1 ? (lists[0] ?? []) : lists.flat().sort((one, other) => other.time - one.time || other.n - one.n);
  return rows.slice(0, range.limit);
}

function conditionOf(
  query: AuditQuery,
  tokens: Partial<Record<Column, readonly Token[]>>,
  codes: readonly string[] | undefined,
): (row: PlaceRow) => boolean {
  const wanted = (["actor", "target", "room"] as const).flatMap((column) => {
    const values = tokens[column];
    return values === undefined ? [] : [[column, new Set(values)] as const];
  });
  const named = codes === undefined ? undefined : new Set(codes);
  return (row) =>
    (query.outcome === undefined || row.outcome === query.outcome) &&
    (named === undefined || named.has(row.code)) &&
    wanted.every(([column, values]) => {
      const token = row[column];
      return token !== null && values.has(token);
    });
}

const base64Of = (bytes: Uint8Array): Token => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");

function firstCursor({ after, to }: AuditQuery): Cursor {
  // Later pages never begin above the end of the time that was asked for.
  if (after !== undefined) return readName(after);
  return to === undefined ? END_OF_TIME : { time: to + 1, n: -1 };
}

const nameOf = ({ time, n }: Cursor): string => `${time}-${n}`;

function readName(name: string): Cursor {
  const [, time, n] = /^(\d{1,15})-(\d{1,15})$/.exec(name) ?? [];
  if (time === undefined || n === undefined)
    throw new MatrixError("M_INVALID_PARAM", "The name of the page is not one that was given out.");
  return { time: Number(time), n: Number(n) };
}
