import { checkLog, type Fault, type ReadEntries, type ReadTile } from "@wardroom/merkle-log";
import type { Finding } from "./export-report.ts";
import { finding, type FindingName } from "./finding.ts";
import { createEntryJudge, type LogStart, type Objection } from "./judge-entries.ts";

/** Where tiles and entries of one log are read, and how what is found there is named. */
export interface LogContents {
  readonly readTile: ReadTile;
  readonly readEntries: ReadEntries;
  /** Why a file, by its path below the log, could not be read. */
  readonly whyNot: (path: string) => Omit<Finding, "place"> | undefined;
  readonly placeOfEntry: (index: number) => string;
  readonly placeOfFile: (path: string) => string;
}

export interface CheckedContents {
  /** Entries that were found under the root. */
  readonly entries: number;
  readonly faults: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Tiles and entries are those under the root. */
  readonly isSound: boolean;
  /** Only where it hangs together with the root. */
  readonly start: LogStart | undefined;
  readonly lastTime: number | undefined;
}

/** Every tile and entry of a log against its head, and what the entries say. */
export async function checkContents(head: { size: number; root: Uint8Array }, contents: LogContents): Promise<CheckedContents> {
  const judge = createEntryJudge();
  const objections = new Map<number, Objection>();
  const report = await checkLog({
    size: head.size,
    root: head.root,
    readTile: contents.readTile,
    readEntries: contents.readEntries,
    onEntry(index, entry) {
      const objection = judge.judge(index, entry);
      if (objection === undefined) return undefined;
      objections.set(index, objection);
      return objection.what;
    },
  });
  const faults = report.faults.map((fault) => nameFault(fault, contents, objections));
  if (!report.complete) faults.push(finding(contents.placeOfFile(""), "too-many-faults"));
  const isSound = report.faults.every((fault) => fault.kind === "entry" && objections.has(fault.index));
  const isTrusted = isSound || report.faults.every(({ kind }) => kind === "entry" || kind === "entries");
  return {
    entries: report.entries,
    faults,
    warnings: turnsOf(judge.turns(), contents),
    isSound: isSound && report.complete,
    start: isTrusted ? judge.start() : undefined,
    lastTime: judge.lastTime(),
  };
}

function nameFault(fault: Fault, contents: LogContents, objections: ReadonlyMap<number, Objection>): Finding {
  if (fault.kind === "checkpoint") return finding(contents.placeOfFile("checkpoint"), "root-mismatch", fault.reason);
  if (fault.kind === "entry") {
    const { what, detail } = objections.get(fault.index) ?? { what: "entry-mismatch", detail: fault.reason };
    return finding(contents.placeOfEntry(fault.index), what, detail);
  }
  const place = contents.placeOfFile(fault.path);
  const why = contents.whyNot(fault.path);
  if (why !== undefined) return { place, ...why };
  const what: FindingName = fault.kind === "tile" ? "tile-mismatch" : "file-malformed";
  return finding(place, what, fault.reason);
}

function turnsOf({ count, first }: { count: number; first: readonly number[] }, { placeOfEntry }: LogContents): readonly Finding[] {
  const named = first.map((index) => finding(placeOfEntry(index), "clock-turned-back"));
  return count > first.length ? [...named, finding("", "clock-turned-back", `${count} times in all`)] : named;
}
