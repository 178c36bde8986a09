import { createVerifier, hashLeaf, loadTree, openNote, parseCheckpoint, type Signer } from "@wardroom/merkle-log";
import { type Clock, type Logger, type Random, randomLetters } from "#kernel";
import type { Storage } from "#storage";
import { parseEntry } from "./entry.ts";
import { LogBroken } from "./errors.ts";
import { type GrowthDeps, growLog, type OpenLog } from "./grow-log.ts";
import type { LogRow, LogStore } from "./log-store.ts";
import { createReadTile } from "./read-tile.ts";
import type { StampedRecord } from "./seal-entry.ts";
import type { SecondPlace } from "./second-place.ts";

export interface OpenLogDeps extends Pick<GrowthDeps, "places"> {
  readonly storage: Storage;
  readonly store: LogStore;
  readonly secondPlace: SecondPlace;
  /** The signer of an origin. */
  readonly signerOf: (origin: string) => Signer;
  readonly seal: (record: StampedRecord) => Uint8Array;
  readonly serverName: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Why a log is not gone on with. Stands in the first entry of the one that follows. */
type Break =
  | "first"
  | "second-place-missing"
  | "second-place-damaged"
  | "other-origin"
  | "other-key"
  | "older-store"
  | "other-history"
  | "store-damaged";

interface Opened {
  readonly log: OpenLog;
  /** What lies in the second place. */
  readonly last: string | undefined;
}

/**
 * Opens the newest log if the store is, to the last signed entry, what the second place says; else begins a new origin that embeds the old head.
 */
export async function openLog(deps: OpenLogDeps): Promise<Opened> {
  const last = await deps.secondPlace.read();
  const rows = await deps.store.listLogs();
  const current = rows.at(-1);
  if (current === undefined) return begin(deps, { why: "first", last, number: 1, known: last, left: undefined });
  const judged = await judge(deps, current, last);
  if (typeof judged !== "string") return { log: judged, last };
  deps.log.error(
    { origin: current.origin, why: judged, secondPlace: deps.secondPlace.path },
    "the audit log cannot be gone on with: a new one begins, which holds the head of the old one",
  );
  const left = await takeRest(deps, current);
  const known = judged === "second-place-missing" || judged === "second-place-damaged" ? current.note : last;
  return begin(deps, { why: judged, last, number: current.log + 1, known, left });
}

async function judge(deps: OpenLogDeps, row: LogRow, last: string | undefined): Promise<OpenLog | Break> {
  try {
    // Keys of another backup than the store, or made anew: what they sign is another log.
    if (row.vkey !== deps.signerOf(row.origin).vkey) return "other-key";
    const log = await loadLog(deps, row);
    if (row.note === "") return await judgeUnsigned(deps, row, log, last);
    if (last === undefined) return "second-place-missing";
    const head = readHead(deps, last);
    if (head === undefined) return "second-place-damaged";
    const signed = readHead(deps, row.note);
    if (signed === undefined || !sameBytes(log.tree.root(), signed.root) || signed.size !== row.entry_count) return "store-damaged";
    if (head.origin !== row.origin) return "other-origin";
    // The second place is written first: it is never behind.
    if (head.size < signed.size) return "other-history";
    return await judgeHistory(deps, row, head);
  } catch (error) {
    if (error instanceof LogBroken) return "store-damaged";
    throw error;
  }
}

/** A log that was begun and not signed before the process ended: it goes on if the second place is as it was then. */
async function judgeUnsigned(deps: OpenLogDeps, row: LogRow, log: OpenLog, last: string | undefined): Promise<OpenLog | Break> {
  const head = last === undefined ? undefined : readHead(deps, last);
  // Its first head went to the second place, and the process ended before the store had it.
  if (head?.origin === row.origin) return judgeHistory(deps, row, head);
  const first = await deps.store.findEntry(log.first);
  const continues = first === undefined ? undefined : parseEntry(first).head.log?.["second_place"];
  return continues === (last ?? "") ? log : "other-history";
}

/** Entries up to the head that the second place holds, which may be one checkpoint ahead of the store. */
async function judgeHistory(
  deps: OpenLogDeps,
  row: LogRow,
  head: { readonly size: number; readonly root: Uint8Array },
): Promise<OpenLog | Break> {
  const { tree } = await loadLog(deps, row);
  while (tree.size < head.size) {
    const rows = await deps.store.listEntries(row.first_entry + tree.size, Math.min(1024, head.size - tree.size));
    if (rows.length === 0) return "older-store";
    for (const { n, entry } of rows) {
      if (n !== row.first_entry + tree.size) return "store-damaged";
      tree.append(hashLeaf(entry));
    }
  }
  return sameBytes(tree.root(), head.root) ? loadLog(deps, row) : "other-history";
}

/** The log as far as its tree is stored. @throws LogBroken */
export async function loadLog({ store }: Pick<OpenLogDeps, "store">, row: LogRow): Promise<OpenLog> {
  const source = { store, log: row.log, first: row.first_entry };
  const tree = await loadTree(row.entry_count, createReadTile(source));
  return {
    ...source,
    origin: row.origin,
    tree,
    note: row.note,
    signed: row.note === "" ? 0 : parseCheckpoint(openNote(row.note, []).text).size,
  };
}

/** A checkpoint that this installation signed, of whichever of its logs. Undefined if it is none. */
function readHead({ signerOf }: OpenLogDeps, note: string) {
  try {
    const named = parseCheckpoint(openNote(note, []).text);
    const { text, verified } = openNote(note, [createVerifier(signerOf(named.origin).vkey)]);
    return verified.length === 0 ? undefined : parseCheckpoint(text);
  } catch {
    return undefined;
  }
}

interface Left {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** What remains of the old log, its unsigned end included, goes into its tree, so that the new log's first entry can say what it was. */
async function takeRest(deps: OpenLogDeps, row: LogRow): Promise<Left | undefined> {
  try {
    const log = await loadLog(deps, row);
    await growLog(log, deps);
    return { origin: log.origin, size: log.tree.size, root: log.tree.root() };
  } catch (error) {
    if (!(error instanceof LogBroken)) throw error;
    deps.log.error({ found: error.message }, "the old audit log is damaged");
    return undefined;
  }
}

interface Beginning {
  readonly why: Break;
  readonly last: string | undefined;
  readonly number: number;
  /** The last signed checkpoint that is known of what came before. */
  readonly known: string | undefined;
  readonly left: Left | undefined;
}

const ORIGIN_LETTERS = 8;

async function begin(deps: OpenLogDeps, { why, last, number, known, left }: Beginning): Promise<Opened> {
  const { clock, random, seal, serverName, storage, store } = deps;
  const day = new Date(clock.now()).toISOString().slice(0, 10).replaceAll("-", "");
  // Random: two restores of one store must not make two logs of one name.
  const origin = `${serverName}/wardroom/audit/${day}-${randomLetters(random, ORIGIN_LETTERS).toLowerCase()}`;
  const first = (await store.lastEntry()) + 1;
  const log = {
    origin,
    second_place: last ?? "",
    ...(known === undefined || known === "" ? {} : { continues: known }),
    ...(left === undefined ? {} : { left: { origin: left.origin, size: left.size, root: Buffer.from(left.root).toString("base64") } }),
  };
  const entry = seal({ event: "audit.log.started", actor: "server", outcome: "done", reason: why, at: clock.now(), log });
  const { vkey } = deps.signerOf(origin);
  const row: LogRow = { log: number, origin, vkey, first_entry: first, entry_count: 0, note: "" };
  await storage.commit({ writes: [store.insertLog(row), store.append(entry)] });
  deps.log.info({ origin, why }, "the audit log begins");
  return { log: await loadLog(deps, row), last };
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
