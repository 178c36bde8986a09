import type { Continuation, Finding } from "./export-report.ts";
import { finding, type FindingName } from "./finding.ts";
import type { LogStart } from "./judge-entries.ts";
import type { LogKey } from "./log-keys.ts";
import { openHead, type OpenedHead } from "./open-head.ts";

/** A log as it was found, for comparing it with what others say of it. */
export interface KnownLog {
  readonly origin: string;
  readonly key: LogKey | undefined;
  /** Undefined where tiles and entries are not those under its root: nothing can be compared then. */
  readonly sound: { readonly size: number; readonly rootAt: (size: number) => Promise<Uint8Array> } | undefined;
  /** How the log itself is named. */
  readonly place: string;
}

export interface Succession {
  readonly faults: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly continues?: Continuation;
}

/** The checkpoint in the second place against the newest log. */
export async function judgeSecondPlace(note: string | Uint8Array, last: KnownLog): Promise<Omit<Finding, "place"> | undefined> {
  const { claimed, fault } = openHead(note, last.key);
  if (claimed === undefined || fault !== undefined) return why("second-place-malformed", fault);
  if (claimed.origin !== last.origin) return why("second-place-differs", claimed.origin);
  const judged = await judgePrefix(last, claimed);
  if (judged === "differs") return why("second-place-differs");
  return judged === "is-ahead" ? why("second-place-ahead", `${claimed.size} > ${last.sound?.size}`) : undefined;
}

const why = (what: FindingName, detail?: string): Omit<Finding, "place"> => (detail === undefined ? { what } : { what, detail });

/** Whether the head is one that this log had. @returns undefined if that cannot be said */
export async function judgePrefix(
  { sound }: Pick<KnownLog, "sound">,
  head: { readonly size: number; readonly root: Uint8Array },
): Promise<"is-prefix" | "is-ahead" | "differs" | undefined> {
  if (sound === undefined) return undefined;
  if (head.size > sound.size) return "is-ahead";
  return Buffer.compare(await sound.rootAt(head.size), head.root) === 0 ? "is-prefix" : "differs";
}

const when = (time: number): string => (Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time));

/** The first log of all: there is nothing before it, or what was before it was not in the store when it began. */
export function judgeFirst(start: LogStart, place: string): Succession {
  const isFirst = start.reason === "first" && start.left === undefined;
  const faults = isFirst ? [] : [finding(place, "continuation-missing", start.left?.origin)];
  const { claimed } = openHead(start.continues ?? "", undefined);
  if (claimed === undefined) return { faults, warnings: [] };
  const detail = `${claimed.size} of ${claimed.origin}, of which nothing is here; ${when(start.time)}`;
  return {
    faults,
    warnings: [finding(place, "entries-lost", detail)],
    continues: { origin: claimed.origin, size: claimed.size, left: 0 },
  };
}

/** What the first entry of a log says of the log before it, against that log. */
export async function judgeSuccession(
  start: LogStart,
  place: string,
  old: KnownLog,
  isHere: (origin: string) => boolean,
): Promise<Succession> {
  const faults: Finding[] = [];
  const object = (detail: string): void => void faults.push(finding(place, "continuation-mismatch", detail));
  if (start.left !== undefined && start.left.origin !== old.origin) object(`it follows ${start.left.origin}`);
  if (start.reason === "first") object("it says that it is the first");
  const named = start.continues === undefined ? undefined : openHead(start.continues, old.key);
  if (named?.fault !== undefined) object("the checkpoint that it names is not signed by the log before it");
  if (named === undefined && start.left === undefined) faults.push(finding(place, "continuation-missing"));
  const judged = await judgeNamed({ named, start, place, old, isHere });
  // Always told: without its second place nobody can say whether a signed end was cut off.
  const brokenOff = finding(place, "log-broken-off", `${start.reason ?? "?"}; ${when(start.time)}`);
  return { ...judged, faults: [...faults, ...judged.faults], warnings: [brokenOff, ...judged.warnings] };
}

interface Named {
  readonly named: OpenedHead | undefined;
  readonly start: LogStart;
  readonly place: string;
  readonly old: KnownLog;
  readonly isHere: (origin: string) => boolean;
}

async function judgeNamed({ named, start, place, old, isHere }: Named): Promise<Succession> {
  const claimed = named?.claimed;
  const size = old.sound?.size ?? start.left?.size ?? 0;
  if (claimed === undefined || named?.fault !== undefined) {
    return { faults: [], warnings: [], continues: { origin: old.origin, size, left: size } };
  }
  if (claimed.origin !== old.origin) {
    const left = isHere(claimed.origin) ? claimed.size : 0;
    const detail = `${claimed.size} of ${claimed.origin}, of which nothing is here; ${when(start.time)}`;
    const warnings = left === 0 ? [finding(place, "entries-lost", detail)] : [];
    return { faults: [], warnings, continues: { origin: claimed.origin, size: claimed.size, left } };
  }
  const judged = await judgePrefix(old, claimed);
  const continues = { origin: old.origin, size: claimed.size, left: judged === undefined ? (start.left?.size ?? claimed.size) : size };
  const lost = finding(place, "entries-lost", `${claimed.size - size} of ${claimed.size}; ${when(start.time)}`);
  return {
    faults: judged === "differs" ? [finding(old.place, "past-rewritten", `found ${when(start.time)}`)] : [],
    warnings: judged === "is-ahead" ? [lost] : [],
    continues,
  };
}
