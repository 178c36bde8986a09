import { isJsonObject, own, parseJson } from "@wardroom/matrix-core";
import { checkExportedLog, type ExportedLog } from "./check-exported-log.ts";
import { type ExportFiles, openExportFolder } from "./export-files.ts";
import { describeExport, type ExportReport, type Finding, type LogReport, type VerifyExport } from "./export-report.ts";
import { finding } from "./finding.ts";
import { judgeFirst, judgeSecondPlace, judgeSuccession, type Succession } from "./judge-succession.ts";
import { fingerprintOf, type LogKey, readLogKey, readWitnesses } from "./log-keys.ts";
import { folderOf } from "./read-exported.ts";

type Input = Omit<Parameters<VerifyExport>[0], "folder">;

/** Checks an exported folder (docs/decisions/0007): every signature, tile and entry, and how its logs follow each other. */
export const verifyExport: VerifyExport = ({ folder, ...input }) => verifyFiles(openExportFolder(folder), input);

/** Never throws for what it finds. */
export async function verifyFiles(files: ExportFiles, input: Input): Promise<ExportReport> {
  const faults: Finding[] = [];
  const given = readGivenKeys(input.vkey, faults);
  const witnesses = readWitnesses(input.witnesses ?? []);
  if (witnesses === undefined) faults.push(finding("", "witness-key-malformed"));
  const origins = readOrigins(files, faults);
  const present = findLogs(files, origins, faults);
  const logs: ExportedLog[] = [];
  // From the last to the first: each says in its first entry what was left of the one before.
  for (const number of present.toReversed()) {
    const after = logs[0];
    const next = after === undefined ? undefined : (after.contents?.start ?? "unknown");
    const listedOrigin = origins?.[number - 1];
    logs.unshift(await checkExportedLog({ files, number, given, witnesses: witnesses ?? [], listedOrigin, next }));
  }
  const successions = await Promise.all(logs.map((log, at) => succeed(log, logs[at - 1], logs)));
  faults.push(...compareOrigins(logs, origins), ...findUnknownKeys(given, logs));
  const warnings = [...warnOfKeys(given, logs), ...logs.flatMap((log) => log.warnings), ...successions.flatMap((each) => each.warnings)];
  const last = logs.at(-1);
  if (last !== undefined) await checkSecondPlace(files, last, { faults, warnings });
  if (last?.witnesses === 0) warnings.push(finding(`${folderOf(last.number)}/checkpoint`, "no-witness"));
  return {
    logs: logs.map((log, at) => reportOf(log, successions[at])),
    faults,
    warnings: [...warnings, ...findStrayNames(files, present)],
  };
}

function readGivenKeys(vkey: string | undefined, faults: Finding[]): readonly LogKey[] {
  const lines = (vkey ?? "").split("\n").filter((line) => line !== "");
  const keys = lines.flatMap((line) => readLogKey(line) ?? []);
  if (keys.length < lines.length || (vkey !== undefined && lines.length === 0)) faults.push(finding("", "key-malformed"));
  return keys;
}

const MOST_LIST_BYTES = 1024 * 1024;

/** The names of the logs in order; undefined if the file is not as it is written. */
function readOrigins(files: ExportFiles, faults: Finding[]): readonly string[] | undefined {
  const found = files.read("export.json", MOST_LIST_BYTES);
  if (found.bytes === undefined) {
    faults.push({ place: "export.json", ...found.why });
    return undefined;
  }
  const bytes = Buffer.from(found.bytes);
  const origins = parseOrigins(bytes.toString("utf8"));
  const isWritten = origins !== undefined && bytes.equals(Buffer.from(describeExport({ logs: origins.map((origin) => ({ origin })) })));
  if (isWritten) return origins;
  faults.push(finding("export.json", "file-malformed"));
  return undefined;
}

function parseOrigins(text: string): readonly string[] | undefined {
  try {
    const value = parseJson(text);
    const origins = isJsonObject(value) ? own(value, "origins") : undefined;
    if (!Array.isArray(origins)) return undefined;
    const names = origins.flatMap((origin: unknown) => (typeof origin === "string" ? [origin] : []));
    return names.length === origins.length ? names : undefined;
  } catch {
    return undefined;
  }
}

const LOG_NUMBER = /^[1-9]\d{0,4}$/;

/** The logs that are there, in order. */
function findLogs(files: ExportFiles, origins: readonly string[] | undefined, faults: Finding[]): readonly number[] {
  const names = (files.list("logs") ?? []).filter(({ name, isFolder }) => isFolder && LOG_NUMBER.test(name));
  const present = names.map(({ name }) => Number(name)).sort((one, other) => one - other);
  if (origins === undefined) return present;
  const missing = origins.flatMap((_, at) => (present.includes(at + 1) ? [] : [finding(folderOf(at + 1), "file-missing")]));
  const unlisted = present.flatMap((number) => (number > origins.length ? [finding(folderOf(number), "log-unlisted")] : []));
  faults.push(...missing.slice(0, 100), ...unlisted.slice(0, 100));
  return present;
}

async function succeed(log: ExportedLog, before: ExportedLog | undefined, logs: readonly ExportedLog[]): Promise<Succession> {
  const start = log.contents?.start;
  if (start === undefined) return { faults: [], warnings: [] };
  const place = `${log.number}/0`;
  if (before === undefined) return judgeFirst(start, place);
  return judgeSuccession(start, place, before, (origin) => logs.some((each) => each.origin === origin));
}

function compareOrigins(logs: readonly ExportedLog[], origins: readonly string[] | undefined): readonly Finding[] {
  return logs.flatMap(({ number, origin }) => {
    const listed = origins?.[number - 1];
    return listed === undefined || listed === origin ? [] : [finding("export.json", "file-malformed", `log ${number} is ${origin}`)];
  });
}

/** Whoever holds a log's key knows its name: the log must be among those that are shown. */
function findUnknownKeys(given: readonly LogKey[], logs: readonly ExportedLog[]): readonly Finding[] {
  const unknown = given.filter(({ name }) => logs.every(({ origin }) => origin !== name));
  return unknown.map(({ name }) => finding("", "key-of-other-log", name));
}

function warnOfKeys(given: readonly LogKey[], logs: readonly ExportedLog[]): readonly Finding[] {
  if (given.length > 0) return [];
  const prints = new Set(logs.flatMap(({ key }) => (key === undefined ? [] : [fingerprintOf(key)])));
  return [...prints].map((print) => finding("", "key-from-folder", print));
}

const MOST_NOTE_BYTES = 1_000_000;

async function checkSecondPlace(files: ExportFiles, last: ExportedLog, to: { faults: Finding[]; warnings: Finding[] }): Promise<void> {
  const found = files.read("second-place", MOST_NOTE_BYTES);
  if (found.bytes === undefined) {
    const isMissing = found.why.what === "file-missing";
    if (isMissing) to.warnings.push(finding("second-place", "second-place-missing"));
    else to.faults.push({ place: "second-place", ...found.why });
    return;
  }
  const judged = await judgeSecondPlace(found.bytes, last);
  if (judged !== undefined) to.faults.push({ place: "second-place", ...judged });
}

function findStrayNames(files: ExportFiles, present: readonly number[]): readonly Finding[] {
  const known = new Set(["export.json", "second-place", "logs"]);
  const top = (files.list("") ?? []).flatMap(({ name }) => (known.has(name) ? [] : [name]));
  const logs = (files.list("logs") ?? []).flatMap(({ name }) => (present.includes(Number(name)) ? [] : [`logs/${name}`]));
  return [...top, ...logs].slice(0, 100).map((path) => finding(path, "file-unexpected"));
}

function reportOf(log: ExportedLog, succession: Succession | undefined): LogReport {
  const { origin, size, root, witnesses, contents } = log;
  return {
    origin,
    size,
    root: Buffer.from(root).toString("base64"),
    entries: contents?.entries ?? 0,
    faults: [...log.faults, ...(succession?.faults ?? [])],
    witnesses,
    ...(succession?.continues === undefined ? {} : { continues: succession.continues }),
    ...(contents?.lastTime === undefined ? {} : { lastTime: contents.lastTime }),
  };
}
