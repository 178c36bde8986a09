import { createHash, createPrivateKey, type KeyObject } from "node:crypto";
import {
  createSigner,
  createTree,
  entriesPath,
  formatCheckpoint,
  hashLeaf,
  packEntries,
  proveInclusion,
  formatProof,
  signNote,
  tilePath,
  tilesOf,
  bundlesOf,
} from "@wardroom/merkle-log";
import { writeEntry } from "./entry.ts";
import type { ExportedFolder } from "./exported.test-support.ts";
import { describeExport } from "./export-report.ts";

/** An Ed25519 key, the same for the same word. */
export function signingKey(word: string): KeyObject {
  const seed = createHash("sha256").update(word).digest();
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

export interface ForgedEntry {
  readonly time?: number;
  readonly clock?: number;
  readonly code?: string;
  readonly reason?: string;
  readonly log?: Parameters<typeof writeEntry>[0]["log"];
}

/** A well-formed entry without segments. */
export function entryOf(
  index: number,
  { time = 1_700_000_000_000 + index, clock = 0, code = "room.message.sent", reason, log }: ForgedEntry = {},
) {
  const id = createHash("sha256").update(`${index}`).digest().subarray(0, 16).toString("base64url");
  const head = { id, time, clock, code, class: 6003, activity: 1, outcome: "done", reason, count: 1, log } as const;
  return Buffer.from(writeEntry(head, () => undefined));
}

export const startOf = (origin: string, more: object = {}, reason = "first"): ForgedEntry => ({
  code: "audit.log.started",
  reason,
  log: { origin, second_place: "", ...more },
});

export interface ForgedLog {
  readonly origin: string;
  readonly entries: readonly Uint8Array[];
  /** Who signs, and how many entries are under the signature; all if absent. */
  readonly key?: KeyObject;
  readonly signed?: number;
}

const WIDTH = 256;
const HASH_BYTES = 32;

export const noteOf = ({ origin, entries, key = signingKey("server"), signed = entries.length }: ForgedLog): string =>
  signNote(formatCheckpoint({ origin, size: signed, root: treeOf(entries.slice(0, signed)).root }), [createSigner(origin, key)]);

export function treeOf(entries: readonly Uint8Array[]) {
  const tree = createTree();
  const full = new Map<string, Uint8Array>();
  for (const entry of entries) {
    for (const { level, index, hashes } of tree.append(hashLeaf(entry))) full.set(`${level}/${index}`, Uint8Array.from(hashes));
  }
  const readTile = ({ level, index, width }: { level: number; index: number; width: number }): Uint8Array =>
    full.get(`${level}/${index}`)?.subarray(0, width * HASH_BYTES) ?? tree.partialTile(level);
  return { root: tree.root(), readTile };
}

/** A folder as whoever holds the signing key can make it. */
export function folderOf(logs: readonly ForgedLog[], secondPlace = logs.at(-1)): ExportedFolder {
  const folder: ExportedFolder = new Map([["export.json", Buffer.from(describeExport({ logs }))]]);
  if (secondPlace !== undefined) folder.set("second-place", Buffer.from(noteOf(secondPlace)));
  for (const [at, log] of logs.entries()) {
    const prefix = `logs/${at + 1}`;
    const { readTile } = treeOf(log.entries);
    folder.set(`${prefix}/vkey`, Buffer.from(`${createSigner(log.origin, log.key ?? signingKey("server")).vkey}\n`));
    folder.set(`${prefix}/checkpoint`, Buffer.from(noteOf(log)));
    for (const tile of tilesOf(log.entries.length)) folder.set(`${prefix}/${tilePath(tile)}`, readTile(tile));
    for (const { index, width } of bundlesOf(log.entries.length)) {
      folder.set(`${prefix}/${entriesPath(index, width)}`, packEntries(log.entries.slice(index * WIDTH, index * WIDTH + width)));
    }
  }
  return folder;
}

export async function proofOf(log: ForgedLog, index: number): Promise<Uint8Array> {
  const { readTile } = treeOf(log.entries);
  const hashes = await proveInclusion({ index, size: log.entries.length, readTile });
  return Buffer.from(formatProof({ index, hashes, checkpoint: noteOf(log) }));
}

export const vkeyOf = (origin: string, word = "server"): string => createSigner(origin, signingKey(word)).vkey;
