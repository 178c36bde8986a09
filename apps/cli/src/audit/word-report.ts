import type { ExportReport, Finding, LogReport, ProofReport } from "@wardroom/server";
import type { Messages } from "../messages/en.ts";
import { printable } from "./printable.ts";
import { localTime } from "./read-time.ts";

export const isWhole = ({ logs, faults }: ExportReport): boolean =>
  logs.length > 0 && faults.length === 0 && logs.every((log) => log.faults.length === 0);

/** What the check of an exported folder found, for people. */
export function wordReport(report: ExportReport, t: Messages): string {
  const { verify } = t;
  return [
    ...report.logs.flatMap((log, at) => wordLog(log, at, report.logs.length, t)),
    ...report.faults.map((fault) => verify.fault(wordFinding(fault, t))),
    ...report.warnings.map((warning) => verify.warning(wordFinding(warning, t))),
    isWhole(report) ? verify.whole : verify.notWhole,
  ].join("\n");
}

function wordLog(log: LogReport, at: number, logs: number, t: Messages): readonly string[] {
  const { verify } = t;
  const { continues, lastTime } = log;
  return [
    verify.log(at + 1, logs, printable(log.origin)),
    `  ${verify.entries(log.entries, log.size, printable(log.root))}`,
    ...(continues === undefined ? [] : [`  ${verify.continues(printable(continues.origin), continues.size, continues.left)}`]),
    ...(lastTime === undefined || at + 1 < logs ? [] : [`  ${verify.head(localTime(lastTime))}`]),
    `  ${verify.witnesses(log.witnesses)}`,
    ...log.faults.map((fault) => `  ${verify.fault(wordFinding(fault, t))}`),
  ];
}

function wordFinding({ place, what, detail }: Finding, t: Messages): string {
  return t.verify.finding(printable(place), wordsOf(what, t)) + (detail === undefined ? "" : t.entry.because(printable(detail)));
}

/** A name without words, from a newer check, is shown as it is. */
function wordsOf(what: string, { findings }: Messages): string {
  return Object.entries(findings).find(([known]) => known === what)?.[1] ?? printable(what);
}

export function wordProof({ origin, index, size, witnesses, fault }: ProofReport, t: Messages): string {
  if (fault !== undefined) return t.verify.proofFails(wordsOf(fault, t));
  return `${t.verify.proofHolds(index, printable(origin), size)}\n${t.verify.witnesses(witnesses)}`;
}
