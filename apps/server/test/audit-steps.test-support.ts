// What an administrator does with the audit, one line each.
import { type Answer, at, type Json, listAt, ok, type Session, textAt, waitUntil } from "@wardroom/testkit";

const AUDIT = "/_wardroom/admin/v1/audit/";
type Query = Readonly<Record<string, string>>;

export const tryAudit = (by: Session, path: string, query: Query = {}): Promise<Answer> => by.get(AUDIT + path, query);
export const audit = async (by: Session, path: string, query?: Query): Promise<Json> => ok(await tryAudit(by, path, query));

export const integerAt = (value: Json, name: string): number => {
  const found = at(value, name);
  if (typeof found !== "number" || !Number.isSafeInteger(found)) throw new Error(`${name} is no integer: ${JSON.stringify(value)}`);
  return found;
};

/** Waits until all that is recorded by now can be found: entries come into the index with the checkpoint that covers them. */
export async function untilFindable(by: Session): Promise<void> {
  const sizeOf = (state: Json) => integerAt(listAt(state, "logs").at(-1) ?? null, "size");
  const now = await audit(by, "state");
  const all = sizeOf(now) + integerAt(now, "unsigned");
  await waitUntil("the checkpoint over all entries", 10_000, async () => (sizeOf(await audit(by, "state")) >= all ? true : undefined), 100);
}

/** All that the filters leave, newest first, page by page. `between` runs after each page. */
export async function searchAll(by: Session, query: Query = {}, between: () => Promise<unknown> = async () => {}): Promise<Json[]> {
  const found: Json[] = [];
  let after: string | undefined;
  for (let page = 0; page < 200; page += 1) {
    const answer = await audit(by, "entries", { ...query, ...(after === undefined ? {} : { after }) });
    found.push(...listAt(answer, "entries"));
    if (at(answer, "next_batch") === undefined) return found;
    after = textAt(answer, "next_batch");
    await between();
  }
  throw new Error("the search has no end after 200 pages");
}

export const codesOf = (entries: readonly Json[]): string[] => entries.map((entry) => textAt(entry, "code"));
/** `entries/LOG/INDEX`. */
export const placeOf = (entry: Json): string => `entries/${integerAt(entry, "log")}/${integerAt(entry, "index")}`;

/** The newest entry that these filters leave. */
export async function newest(by: Session, query: Query = {}): Promise<Json> {
  const [entry] = await searchAll(by, query);
  if (entry === undefined) throw new Error(`no entry for ${JSON.stringify(query)}`);
  return entry;
}

/** Waits until a signed checkpoint covers the entry, and gives it as it then is. */
export const untilSigned = (by: Session, entry: Json): Promise<Json> =>
  waitUntil(`the signature over ${placeOf(entry)}`, 10_000, async () => {
    const now = await audit(by, placeOf(entry));
    return at(now, "unsigned") === false ? now : undefined;
  });

export interface Head {
  readonly note: string;
  readonly size: number;
}

/** The log's signed checkpoint; its second line is the size (C2SP tlog-checkpoint). */
export async function head(by: Session, log = 1): Promise<Head> {
  const note = await tryFile(by, `logs/${log}/checkpoint`);
  return { note: note.text, size: Number(note.text.split("\n")[1]) };
}

export async function tryFile(by: Session, path: string): Promise<Answer> {
  const answer = await tryAudit(by, path);
  if (answer.status !== 200) throw new Error(`${answer.asked}: ${answer.status} ${answer.text}`);
  return answer;
}

/** The paths behind `tile/` of one level in a tree of this size, full ones and the partial one. */
export function tilesOf(level: number | "entries", size: number): string[] {
  const hashes = Math.floor(size / 256 ** (level === "entries" ? 0 : level));
  const width = hashes % 256;
  const full = Array.from({ length: Math.floor(hashes / 256) }, (_, index) => `${level}/${tileNumber(index)}`);
  return width === 0 ? full : [...full, `${level}/${tileNumber(full.length)}.p/${width}`];
}

function tileNumber(index: number): string {
  const last = String(index % 1000).padStart(3, "0");
  return index < 1000 ? last : `${tileNumber(Math.floor(index / 1000)).replace(/\d{3}$/, "x$&")}/${last}`;
}
