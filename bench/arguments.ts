import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Payload } from "./payload.ts";
import { parseTarget, type Target } from "./target.ts";

/** People who join the crowd of W8 one after another, and as many more who do it at the same moment. */
export const NEWCOMERS = 20;

export type Account = { user: string; password: string };

/** A server and all that was said of it on the command line. */
export type Contender = {
  target: Target;
  pids: number[];
  durability: string;
  registrationToken: string | undefined;
  accounts: Account[] | undefined;
};

export type Options = {
  contenders: Contender[];
  workloads: Workload[];
  concurrency: number[];
  rates: number[];
  warmUpSeconds: number;
  seconds: number;
  repeat: number;
  members: number;
  /** Syncers of W3c. */
  receivers: number;
  /** Members of the room that W8 joins. */
  crowd: number;
  payload: Payload;
  jsonFile: string | undefined;
  disk: string;
};

const known = ["W1b", "W3a", "W3c", "W8"] as const;
export type Workload = (typeof known)[number];
const isKnown = (value: string): value is Workload => known.some((workload) => workload === value);

const many = { type: "string", multiple: true } as const;
const one = { type: "string" } as const;

const declared = {
  target: many,
  pid: many,
  durability: many,
  "registration-token-file": many,
  accounts: many,
  workload: many,
  concurrency: one,
  rates: one,
  seconds: one,
  "warm-up": one,
  repeat: one,
  members: one,
  receivers: one,
  crowd: one,
  payload: one,
  json: one,
  disk: one,
  "allow-remote": { type: "boolean" },
} as const;

type Bounds = { least: number; most: number; whole?: boolean };

function readNumber(name: string, text: string, { least, most, whole = true }: Bounds): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value)))
    throw new Error(`--${name}: a ${whole ? "whole " : ""}number from ${least} to ${most}, not "${text}"`);
  return value;
}

const readNumbers = (name: string, text: string, bounds: Bounds): number[] =>
  [...new Set(text.split(","))].map((part) => readNumber(name, part, bounds));

/** `name=value` options by name of the target; a name that no target has is a slip that would go unnoticed. */
function readNamed(option: string, values: readonly string[], targets: readonly Target[]): Map<string, string> {
  return new Map(
    values.map((text) => {
      const [, name, value] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
      if (name === undefined || value === undefined) throw new Error(`--${option} wants name=value`);
      if (!targets.some((target) => target.name === name)) throw new Error(`--${option}: there is no target called ${name}`);
      return [name, value];
    }),
  );
}

/** One account a line: name, space, password. */
function readAccounts(path: string, needed: number): Account[] {
  const accounts = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, user, password] = /^(\S+) (.+)$/.exec(line) ?? [];
      if (user === undefined || password === undefined) throw new Error(`--accounts ${path}: each line holds a name, a space, a password`);
      return { user, password };
    });
  if (accounts.length < needed) throw new Error(`--accounts ${path}: ${needed} accounts are needed, ${accounts.length} are there`);
  return accounts.slice(0, needed);
}

function readWorkloads(values: readonly string[] | undefined): Workload[] {
  return (values ?? ["W1b", "W3a"]).map((value) => {
    if (!isKnown(value)) throw new Error(`--workload: ${known.join(", ")}, not "${value}"`);
    return value;
  });
}

function readPayload(value: string): Payload {
  if (value !== "S" && value !== "E") throw new Error(`--payload: S or E, not "${value}"`);
  return value;
}

type Values = ReturnType<typeof parse>;

const parse = (args: readonly string[]) => parseArgs({ args: [...args], options: declared, strict: true, allowPositionals: false }).values;

/** How many accounts a workload wants: W3a and W3c have one more, who sends and does not sync. */
export function accountsFor(workload: Workload, { members, receivers, crowd }: Pick<Options, "members" | "receivers" | "crowd">): number {
  return { W1b: members, W3a: members + 1, W3c: receivers + 1, W8: crowd + 2 * NEWCOMERS }[workload];
}

function readContenders(values: Values, needed: number): Contender[] {
  const targets = (values.target ?? []).map((text) => parseTarget(text, values["allow-remote"] ?? false));
  if (targets.length === 0 || targets.length > 8) throw new Error("give --target name=URL, once for each server, at most 8");
  if (new Set(targets.map(({ name }) => name)).size < targets.length) throw new Error("--target: two targets have one name");
  const named = (option: "pid" | "durability" | "registration-token-file" | "accounts") => readNamed(option, values[option] ?? [], targets);
  const [pids, durability, tokens, accounts] = [named("pid"), named("durability"), named("registration-token-file"), named("accounts")];
  return targets.map((target) => {
    const tokenFile = tokens.get(target.name);
    const accountFile = accounts.get(target.name);
    return {
      target,
      pids: readNumbersOrNone("pid", pids.get(target.name)),
      durability: durability.get(target.name) ?? "not stated",
      registrationToken: tokenFile === undefined ? undefined : readFileSync(tokenFile, "utf8").trim(),
      accounts: accountFile === undefined ? undefined : readAccounts(accountFile, needed),
    };
  });
}

const readNumbersOrNone = (name: string, text: string | undefined): number[] =>
  text === undefined ? [] : readNumbers(name, text, { least: 1, most: 4_194_304 });

/** Reads the command line; throws an Error that says which option is wrong. Every count and time has an upper bound. */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const members = readNumber("members", values.members ?? "20", { least: 1, most: 200 });
  const receivers = readNumber("receivers", values.receivers ?? "1000", { least: 1, most: 5000 });
  const crowd = readNumber("crowd", values.crowd ?? "10000", { least: 1, most: 20_000 });
  const workloads = readWorkloads(values.workload);
  const needed = Math.max(...workloads.map((workload) => accountsFor(workload, { members, receivers, crowd })));
  return {
    contenders: readContenders(values, needed),
    workloads,
    concurrency: readNumbers("concurrency", values.concurrency ?? "1,16,64", { least: 1, most: 1024 }),
    rates: readNumbers("rates", values.rates ?? "20,100,200", { least: 1, most: 2000 }),
    warmUpSeconds: readNumber("warm-up", values["warm-up"] ?? "3", { least: 0, most: 60, whole: false }),
    seconds: readNumber("seconds", values.seconds ?? "10", { least: 0.1, most: 120, whole: false }),
    repeat: readNumber("repeat", values.repeat ?? "1", { least: 1, most: 20 }),
    members,
    receivers,
    crowd,
    payload: readPayload(values.payload ?? "S"),
    jsonFile: values.json,
    disk: values.disk ?? ".",
  };
}
