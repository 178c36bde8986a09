import { readFileSync, statSync } from "node:fs";
import type { ExportReport, ProofReport, VerifyExport, VerifyProof } from "@wardroom/server";
import type { Arguments } from "../arguments.ts";
import type { Surroundings } from "../surroundings.ts";
import { UsageError } from "../usage-error.ts";
import { jsonLine } from "./printable.ts";
import { isWhole, wordProof, wordReport } from "./word-report.ts";

export interface Checks {
  readonly verifyExport: VerifyExport;
  readonly verifyProof: VerifyProof;
}

/** Keys, proofs and entries are small; the entry's own bound is 32 KiB. */
const MOST_FILE_BYTES = 1024 * 1024;

/** `wardroom audit verify FOLDER` and `verify --proof FILE --entry FILE --key FILE`: needs no server and no store. */
export async function verify(args: Arguments, surroundings: Surroundings, checks: Checks): Promise<number> {
  const { t, out } = surroundings;
  const [, , folder] = args.words;
  const [proof, entry, key] = [args.text("proof"), args.text("entry"), args.text("key")];
  const isProof = proof !== undefined || entry !== undefined;
  if ((folder === undefined) !== isProof) throw new UsageError(t.usage.audit);
  const read = (path: string) => readFile(path, surroundings);
  if (folder === undefined) {
    if (proof === undefined || entry === undefined || key === undefined) throw new UsageError(t.arguments.proofParts);
    const report = await checks.verifyProof({ proof: read(proof), entry: read(entry), vkey: read(key).toString("utf8").trim() });
    await out.line(args.has("json") ? jsonLine(report) : wordProof(report, t));
    return exitOf(report);
  }
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw new UsageError(t.arguments.noFolder(folder));
  const report = await checks.verifyExport({ folder, ...(key === undefined ? {} : { vkey: read(key).toString("utf8").trim() }) });
  await out.line(args.has("json") ? jsonLine({ whole: isWhole(report), ...report }) : wordReport(report, t));
  return exitOf(report);
}

const exitOf = (report: ExportReport | ProofReport): number => (("logs" in report ? isWhole(report) : report.fault === undefined) ? 0 : 1);

/** @throws UsageError */
function readFile(path: string, { t }: Surroundings): Buffer {
  const found = statSync(path, { throwIfNoEntry: false });
  // A device has no size, and no end.
  if (found?.isFile() !== true || found.size > MOST_FILE_BYTES) throw new UsageError(t.arguments.noFile(path));
  return readFileSync(path);
}
