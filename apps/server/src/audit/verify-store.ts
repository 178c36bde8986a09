import { rootOf } from "@wardroom/merkle-log";
import { type CheckedContents, checkContents, type LogContents } from "./check-contents.ts";
import { checkRows, type RowCheckDeps } from "./check-rows.ts";
import type { ExportReport, Finding, LogReport } from "./export-report.ts";
import { finding } from "./finding.ts";
import type { LogStart } from "./judge-entries.ts";
import { judgeFirst, judgeSecondPlace, judgeSuccession, type KnownLog, type Succession } from "./judge-succession.ts";
import { readLogKey } from "./log-keys.ts";
import type { LogRow } from "./log-store.ts";
import { openHead } from "./open-head.ts";
import { type EdgeTiles, readStored } from "./read-stored.ts";
import type { SecondPlace } from "./second-place.ts";

export interface StoreCheckDeps extends RowCheckDeps {
  readonly secondPlace: Pick<SecondPlace, "read">;
  /** The public key of a log of that name by the key that this installation has. */
  readonly vkeyOf: (origin: string) => string;
  /** The edge of the newest log's tree, if that has grown in this process. */
  readonly edge?: () => { readonly log: number; readonly size: number; readonly tiles: EdgeTiles };
  /** Whether an entry opens under its keys: tells which of the last entries is altered where no tile does. */
  readonly isGenuine: (entry: Uint8Array) => boolean;
}

interface StoredLog extends KnownLog {
  readonly row: LogRow;
  readonly size: number;
  readonly root: Uint8Array;
  readonly faults: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly contents: CheckedContents | undefined;
}

/**
 * The same check over the store as over an exported folder, and the index with it. Places are `entry LOG/INDEX`, `tile LOG/PATH`, `row LOG/INDEX`,
 * `checkpoint LOG`, `log LOG`.
 */
export async function verifyStore(deps: StoreCheckDeps): Promise<ExportReport> {
  // Before the heads: what it holds was then signed no later than they.
  const second = await deps.secondPlace.read();
  const rows = await deps.store.listLogs();
  const logs: StoredLog[] = [];
  for (const [at, row] of [...rows.entries()].toReversed()) {
    const after = logs[0];
    const next = after === undefined ? undefined : (after.contents?.start ?? "unknown");
    logs.unshift(await checkStoredLog(deps, row, rows[at - 1], next));
  }
  const successions = await Promise.all(logs.map((log, at) => succeed(log, logs[at - 1], logs)));
  const last = logs.at(-1);
  const faults = last === undefined ? [] : await findSecondPlaceFaults(second, last);
  const warnings = [...logs.flatMap((log) => log.warnings), ...successions.flatMap((each) => each.warnings)];
  return { logs: logs.map((log, at) => reportOf(log, successions[at])), faults, warnings };
}

async function findSecondPlaceFaults(note: string | undefined, last: StoredLog): Promise<readonly Finding[]> {
  if (note === undefined) return [finding("second-place", "second-place-missing")];
  const judged = await judgeSecondPlace(note, last);
  return judged === undefined ? [] : [{ place: "second-place", ...judged }];
}

async function succeed(log: StoredLog, before: StoredLog | undefined, logs: readonly StoredLog[]): Promise<Succession> {
  const start = log.contents?.start;
  if (start === undefined) return { faults: [], warnings: [] };
  const place = `entry ${log.row.log}/0`;
  if (before === undefined) return judgeFirst(start, place);
  return judgeSuccession(start, place, before, (origin) => logs.some((each) => each.origin === origin));
}

async function checkStoredLog(
  deps: StoreCheckDeps,
  row: LogRow,
  before: LogRow | undefined,
  next: LogStart | "unknown" | undefined,
): Promise<StoredLog> {
  const key = readLogKey(row.vkey);
  const head = row.note === "" ? undefined : openHead(row.note, key);
  const own = head?.fault === undefined ? head?.claimed : undefined;
  const left = next === undefined || next === "unknown" || next.left?.origin !== row.origin ? undefined : next.left;
  const target = left ?? own;
  const edge = deps.edge?.();
  const source = readStored(deps.store, row, edge?.log === row.log ? edge : undefined);
  const contents = target === undefined ? undefined : await check(deps, row, target, source);
  const faults: Finding[] = [...judgeRow(deps, row, before, next === undefined), ...(contents?.faults ?? [])];
  const checkpoint = `checkpoint ${row.log}`;
  if (head?.fault !== undefined) faults.push(finding(checkpoint, head.fault));
  else if (head?.claimed !== undefined && head.claimed.origin !== row.origin) faults.push(finding(checkpoint, "checkpoint-origin"));
  else if (target !== undefined && target.size !== row.entry_count) faults.push(finding(checkpoint, "checkpoint-mismatch"));
  if (next === undefined && head === undefined) faults.push(finding(checkpoint, "checkpoint-missing"));
  if (contents?.start !== undefined && contents.start.origin !== row.origin) faults.push(finding(`entry ${row.log}/0`, "start-mismatch"));
  const size = target?.size ?? 0;
  const accused = new Set(faults.map(({ place }) => place));
  faults.push(...(await checkRows(deps, row, size, (index) => accused.has(`entry ${row.log}/${index}`))));
  return {
    row,
    origin: row.origin,
    key,
    sound: contents?.isSound === true ? { size, rootAt: (at) => rootOf(at, source.readTile) } : undefined,
    place: `log ${row.log}`,
    size,
    root: target?.root ?? new Uint8Array(),
    faults,
    warnings: contents?.warnings ?? [],
    contents,
  };
}

const check = async (deps: StoreCheckDeps, row: LogRow, head: { readonly size: number; readonly root: Uint8Array }, source: LogContents) =>
  locate(deps, row, head.size, withoutConsequences(await checkContents(head, source)));

/** What the row of a log says beside its checkpoint. */
function judgeRow({ vkeyOf }: StoreCheckDeps, row: LogRow, before: LogRow | undefined, isLast: boolean): readonly Finding[] {
  const place = `log ${row.log}`;
  const faults: Finding[] = [];
  if (before !== undefined && row.first_entry !== before.first_entry + before.entry_count) faults.push(finding(place, "row-mismatch"));
  if (readLogKey(row.vkey)?.name !== row.origin || (isLast && row.vkey !== vkeyOf(row.origin))) faults.push(finding(place, "key-mismatch"));
  return faults;
}

const TILE_WIDTH = 256;

/**
 * The hashes of the last entries, up to 255, are stored nowhere but in the root. Where that does not fit and all tiles do, one of these entries was
 * altered: it no longer opens, or its row says something else.
 */
async function locate(deps: StoreCheckDeps, row: LogRow, size: number, contents: CheckedContents): Promise<CheckedContents> {
  if (!contents.faults.some(({ what }) => what === "root-mismatch")) return contents;
  const start = size - (size % TILE_WIDTH);
  const entries = new Map(
    (await deps.store.listEntries(row.first_entry + start, size - start)).map(({ n, entry }) => [n - row.first_entry, entry]),
  );
  const rows = await checkRows(deps, { ...row, first_entry: row.first_entry + start }, size - start, () => false);
  const accused = new Set(rows.map(({ place }) => place));
  const altered: Finding[] = [];
  for (let index = start; index < size; index += 1) {
    const entry = entries.get(index);
    const isAltered = entry === undefined || !deps.isGenuine(entry) || accused.has(`row ${row.log}/${index - start}`);
    if (isAltered) altered.push(finding(`entry ${row.log}/${index}`, "entry-mismatch"));
  }
  const found = altered.length === 0 ? [finding(`entries ${row.log}/${start}-${size - 1}`, "entry-mismatch")] : altered;
  const named = new Set(found.map(({ place }) => place));
  const others = contents.faults.filter(({ what, place }) => what !== "root-mismatch" && !named.has(place));
  return { ...contents, faults: [...others, ...found] };
}

/** Partial tiles are not stored but made of what lies under them: where that is at fault, they are only its consequence. */
function withoutConsequences(contents: CheckedContents): CheckedContents {
  const stored = contents.faults.filter(({ place }) => !/^tile .*\.p\/\d+$/.test(place));
  return stored.length === 0 ? contents : { ...contents, faults: stored };
}

function reportOf({ origin, size, root, contents, faults }: StoredLog, succession: Succession | undefined): LogReport {
  return {
    origin,
    size,
    root: Buffer.from(root).toString("base64"),
    entries: contents?.entries ?? 0,
    faults: [...faults, ...(succession?.faults ?? [])],
    witnesses: 0,
    ...(succession?.continues === undefined ? {} : { continues: succession.continues }),
    ...(contents?.lastTime === undefined ? {} : { lastTime: contents.lastTime }),
  };
}
