import { rootOf, type Verifier } from "@wardroom/merkle-log";
import { type CheckedContents, checkContents } from "./check-contents.ts";
import type { ExportFiles } from "./export-files.ts";
import type { Finding } from "./export-report.ts";
import { finding } from "./finding.ts";
import type { LogStart } from "./judge-entries.ts";
import { judgePrefix, type KnownLog } from "./judge-succession.ts";
import { type LogKey, readLogKey } from "./log-keys.ts";
import { openHead, type OpenedHead } from "./open-head.ts";
import { findStrays, folderOf, readExported } from "./read-exported.ts";

export interface ExportedLogInput {
  readonly files: ExportFiles;
  readonly number: number;
  /** Keys that are trusted; empty: the folder's own is used. */
  readonly given: readonly LogKey[];
  readonly witnesses: readonly Verifier[];
  /** Its name by export.json. */
  readonly listedOrigin: string | undefined;
  /** First entry of the log after it; "unknown" if there is one that cannot be trusted. */
  readonly next: LogStart | "unknown" | undefined;
}

/** What was found of one log. */
export interface ExportedLog extends KnownLog {
  readonly number: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly witnesses: number;
  readonly faults: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly contents: CheckedContents | undefined;
}

const MOST_KEY_BYTES = 4096;
const MOST_NOTE_BYTES = 1_000_000;

interface FoundKey {
  readonly key: LogKey | undefined;
  /** What the folder calls the log. */
  readonly name: string | undefined;
  readonly fault?: Finding;
}

/** The key that was given wins; the one in the folder must then be the same. */
function findKey({ files, number, given }: ExportedLogInput): FoundKey {
  const path = `${folderOf(number)}/vkey`;
  const found = files.read(path, MOST_KEY_BYTES);
  if (found.bytes === undefined) return { key: given[0], name: undefined, fault: { place: path, ...found.why } };
  const text = Buffer.from(found.bytes).toString("latin1");
  const own = text.endsWith("\n") ? readLogKey(Buffer.from(found.bytes).toString("utf8").slice(0, -1)) : undefined;
  if (own === undefined) return { key: given[0], name: undefined, fault: finding(path, "key-malformed") };
  const same = given.find(({ key }) => key === own.key);
  if (given.length > 0 && same === undefined) return { key: given[0], name: own.name, fault: finding(path, "key-mismatch") };
  return { key: same ?? own, name: own.name };
}

interface FoundHead {
  readonly head: OpenedHead | undefined;
  readonly fault?: Finding;
}

function findHead({ files, number, witnesses, next }: ExportedLogInput, { key, name }: FoundKey): FoundHead {
  const path = `${folderOf(number)}/checkpoint`;
  const found = files.read(path, MOST_NOTE_BYTES);
  if (found.bytes === undefined) {
    if (found.why.what !== "file-missing") return { head: undefined, fault: { place: path, ...found.why } };
    return isNeverSigned(next, name) ? { head: undefined } : { head: undefined, fault: finding(path, "checkpoint-missing") };
  }
  const head = openHead(found.bytes, key, witnesses);
  if (head.fault !== undefined) return { head, fault: finding(path, head.fault) };
  if (name === undefined || head.claimed?.origin === name) return { head };
  return { head: { ...head, fault: "checkpoint-origin" }, fault: finding(path, "checkpoint-origin", head.claimed?.origin) };
}

/** A log may be left before its first checkpoint: then the next one knows no checkpoint of it. */
function isNeverSigned(next: ExportedLogInput["next"], name: string | undefined): boolean {
  if (next === undefined || next === "unknown") return false;
  return next.continues === undefined || openHead(next.continues, undefined).claimed?.origin !== name;
}

/** One log of the folder, by its own checkpoint or by what the log after it says was left of it. */
export async function checkExportedLog(input: ExportedLogInput): Promise<ExportedLog> {
  const { files, number, next, listedOrigin } = input;
  const key = findKey(input);
  const { head, fault } = findHead(input, key);
  const origin = key.name ?? head?.claimed?.origin ?? listedOrigin ?? "";
  const own = head?.fault === undefined ? head?.claimed : undefined;
  const left = next === undefined || next === "unknown" || next.left?.origin !== origin ? undefined : next.left;
  const target = left ?? own;
  const source = readExported(files, number);
  const contents = target === undefined ? undefined : await checkContents(target, source);
  const faults = [...(key.fault === undefined ? [] : [key.fault]), ...(fault === undefined ? [] : [fault]), ...(contents?.faults ?? [])];
  const size = target?.size ?? 0;
  const rootAt = (at: number) => rootOf(at, source.readTile);
  const sound = contents?.isSound === true ? { size, rootAt } : undefined;
  if (contents?.start !== undefined && contents.start.origin !== origin) faults.push(finding(source.placeOfEntry(0), "start-mismatch"));
  if (left !== undefined && own !== undefined) {
    const judged = await judgePrefix({ sound }, own);
    if (judged === "is-ahead" || judged === "differs")
      faults.push(finding(source.placeOfFile("checkpoint"), "checkpoint-mismatch", judged));
  }
  // What a folder should hold is known only where its size is.
  const isSizeKnown = target !== undefined && (left !== undefined || next === undefined);
  return {
    number,
    origin,
    key: key.key,
    sound,
    place: folderOf(number),
    size,
    root: target?.root ?? new Uint8Array(),
    witnesses: head?.witnesses ?? 0,
    faults,
    warnings: [...(contents?.warnings ?? []), ...(isSizeKnown ? findStrays(files, number, size) : [])],
    contents,
  };
}
