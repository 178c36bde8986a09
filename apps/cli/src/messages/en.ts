import { codesEn } from "./codes-en.ts";
import { findingsEn } from "./findings-en.ts";
import { usageEn } from "./usage-en.ts";

/** A value of a refusal, by its name. */
export type Value = (name: string) => string;

interface User {
  readonly userId: string;
  readonly isAdmin: boolean;
  readonly state: "active" | "deactivated";
}

const number = (value: number) => value.toLocaleString("en");
const entries = (count: number) => `${number(count)} ${count === 1 ? "entry" : "entries"}`;

/** Every text of the command. Another language has the same shape: a text that is missing there is a type error. */
export const en = {
  usage: usageEn,
  codes: codesEn,
  findings: findingsEn,
  arguments: {
    unknownCommand: (name: string) => `unknown command "${name}".`,
    unknownOption: (option: string) => `unknown option ${option}. "wardroom --help" lists them.`,
    strayOption: (option: string, command: string) => `${option} is no option of "wardroom ${command}".`,
    noValueWanted: (option: string) => `${option} takes no value.`,
    valueMissing: (option: string) => `${option}: the value is missing. One that begins with a dash is written ${option}=VALUE.`,
    unknownLanguage: (language: string) => `--lang: "${language}" is neither zh-CN nor en.`,
    badPlace: (text: string) =>
      `"${text}" is no place of an entry. Write LOG/INDEX as "wardroom audit search" shows it, for example 1/5023.`,
    badTime: (option: string, text: string) =>
      `${option}: "${text}" is no time. Write 2026-11-25, 2026-11-25T08:30, 2026-11-25T08:30:00Z, or how long ago: 30m, 2h, 7d.`,
    badOutcome: (text: string) => `--outcome: "${text}" is neither done nor refused.`,
    badLimit: (text: string) => `--limit: "${text}" is no number from 1.`,
    limitAndAll: "--limit and --all exclude each other.",
    outMissing: "--out FOLDER is missing.",
    proofParts: "--proof, --entry and --key go together. Give all three.",
    noFolder: (path: string) => `${path} is no folder.`,
    noFile: (path: string) => `${path} cannot be read, or is larger than 1 MiB and so none of these files.`,
  },
  errors: {
    configuration: (message: string) => message,
    failed: (message: string) => message,
    folderInUse: (path: string) => `${path} is in use by another Wardroom process.`,
    noStore: (path: string) => `data_dir: there is no store in ${path}. Run "wardroom start" or "wardroom init" first.`,
    byCode: {
      "name-foreign": (value: Value) => `${value("name")} is of another server; this one is ${value("serverName")}.`,
      "name-invalid": (value: Value) =>
        `${value("name")} is no user name of ${value("serverName")}: a to z, 0 to 9 and . _ = / + - only, and at most 255 bytes with the server name.`,
      "account-unknown": (value: Value) => `There is no account ${value("userId")}.`,
      "password-short": (value: Value) => `A password has at least ${value("characters")} characters.`,
      "password-long": (value: Value) => `A password has at most ${value("bytes")} bytes.`,
      M_USER_IN_USE: (_value: Value) => "This user name is taken.",
      M_LIMIT_EXCEEDED: (_value: Value) => "The server is busy. Try again in a moment.",
      "entry-unknown": (value: Value) => `There is no entry ${value("place")}.`,
      "entry-unproved": (value: Value) =>
        `There is no entry ${value("place")}, or no signed checkpoint covers it yet. The next is made within a second while the server runs.`,
      malformed: (_value: Value) => "The server does not take these values. Is a name or a code too long?",
      "other-version": (_value: Value) => "The running server is of another version and does not know this command. Restart it.",
      "server-gone": (_value: Value) => "The server ended before it had answered.",
    },
  },
  start: {
    runs: (url: string) => `Wardroom runs. Give this address to a Matrix client: ${url}`,
    conformance: "CONFORMANCE PROFILE: anybody on this machine can register and nothing is rate-limited. For test suites only.",
    newStore: (dataDir: string, keyFile: string) =>
      `New store in ${dataDir}; its key is ${keyFile}. Without that key nobody can open the store: keep a copy elsewhere.`,
    keySharesDisk: "Note: key and data are on one file system, so whoever takes the disk has both. Set key_file to another disk.",
    firstAdministrator: (flags: string) =>
      `Create the first administrator in another terminal: npx wardroom user create NAME --admin${flags}`,
    stopping: "Stopping.",
  },
  init: {
    made: (dataDir: string, keyFile: string) => `Made the store in ${dataDir}; its key is ${keyFile}. Keep a copy of the key elsewhere.`,
    already: (dataDir: string) => `${dataDir} is already set up.`,
  },
  user: {
    created: (userId: string, isAdmin: boolean) => `Created ${userId}${isAdmin ? " (administrator)" : ""}.`,
    reset: (userId: string) => `New password set for ${userId}; all its sessions are signed out.`,
    listed: ({ userId, isAdmin, state }: User) =>
      `${userId}${isAdmin ? "  administrator" : ""}${state === "active" ? "" : "  deactivated"}`,
    nameMissing: (verb: string) => `wardroom user ${verb} NAME: the name is missing.`,
    password: "Password: ",
    again: "Again: ",
    passwordsDiffer: "The two passwords differ.",
    noTerminal: "No terminal to ask on: give the password on standard input with --password-stdin.",
  },
  entry: {
    columns: {
      time: "TIME",
      place: "PLACE",
      code: "CODE",
      meaning: "MEANING",
      kind: "CLASS/ACTIVITY",
      outcome: "OUTCOME",
      actor: "WHO",
      device: "DEVICE",
      address: "ADDRESS",
      target: "TARGET",
      room: "ROOM",
      event: "EVENT",
      policy: "POLICY",
      id: "ID",
    },
    outcomes: { done: "done", refused: "refused" },
    because: (reason: string) => ` (${reason})`,
    asAdministrator: " (as administrator)",
    erased: "(erased)",
    unsigned: "  (no signed checkpoint covers it yet)",
  },
  search: {
    nothing: "No entry.",
    unsigned: "*: no signed checkpoint covers it yet.",
    more: (shown: number) => `There are older entries after these ${number(shown)}. --limit N shows more, --all shows all.`,
  },
  state: {
    log: (log: number, origin: string, isCurrent: boolean) =>
      `Log ${log}: ${origin}${isCurrent ? " (current)" : " (ended; another continues it)"}`,
    size: (size: number) => `${entries(size)} under the last signed checkpoint`,
    key: "public key:",
    unsigned: (count: number) => `Not signed yet: ${entries(count)}`,
    handKey: `Give the public keys to the auditor on a way of their own, one a line in a file: "wardroom audit verify --key" takes that file.`,
    stopped: (why: string) =>
      `WARNING: nothing is signed any more (${why}). Acts are still recorded. Find out who changed the log or the second place; a restart begins a new log.`,
  },
  folder: {
    taken: (path: string) => `${path} is there already. Name a folder that is new, or empty and no disk's root.`,
    partTaken: (path: string) => `${path} is there: another export fills it, or an earlier one was broken off. Delete it if none runs.`,
    parentMissing: (path: string) => `There is no folder ${path}.`,
  },
  prove: {
    made: (
      folder: string,
    ) => `Wrote entry.json and entry.tlog-proof to ${folder}. To check them, with the log's public key ("wardroom audit state") in KEYFILE:
  wardroom audit verify --proof ${folder}/entry.tlog-proof --entry ${folder}/entry.json --key KEYFILE`,
  },
  export: {
    progress: (done: number, total: number) => `${number(done)} of ${number(total)} files`,
    made: (
      folder: string,
      logs: number,
      size: number,
    ) => `Exported ${logs === 1 ? "1 log" : `${logs} logs`} with ${entries(size)} to ${folder}. To check it, anywhere:
  wardroom audit verify ${folder} --key KEYFILE`,
  },
  verify: {
    log: (at: number, logs: number, origin: string) => `Log ${at} of ${logs}: ${origin}`,
    entries: (read: number, size: number, root: string) =>
      read === size
        ? `all ${entries(size)} read; root ${root}`
        : `${number(read)} of ${entries(size)} read and found in place; root ${root}`,
    continues: (origin: string, size: number, left: number) =>
      `continues ${origin}, signed up to ${entries(size)}${left < size ? `, of which ${number(size - left)} were lost when this log began` : ""}`,
    head: (time: string) => `the head is of ${time}; whatever was recorded after it has been seen by nobody`,
    witnesses: (count: number) =>
      count === 0
        ? "seen by no independent party: its signer could have shown others another log"
        : `seen by ${count === 1 ? "1 independent party" : `${count} independent parties`}`,
    fault: (finding: string) => `FAULT ${finding}`,
    warning: (finding: string) => `Warning: ${finding}`,
    finding: (place: string, what: string) => (place === "" ? what : `${place}: ${what}`),
    whole: "WHOLE: every signature, tile and entry fits.",
    notWhole: "NOT WHOLE: this log was changed, cut or damaged, or is not complete.",
    proofHolds: (index: number, origin: string, size: number) =>
      `The proof holds: this is entry ${index} of ${origin}, under a signed checkpoint of ${entries(size)}.`,
    proofFails: (what: string) => `The proof does NOT hold: ${what}.`,
  },
};

export type Messages = typeof en;
