// The audit log alone, without requests: how fast it grows, is searched, exported and checked.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import {
  type AuditLog,
  type AuditRecord,
  compose,
  createLogger,
  describeExport,
  filesOf,
  readConfig,
  verifyExport,
} from "@wardroom/server";
import { calibrate, describeMachine } from "./machine.ts";
import { createSamples, type Latency } from "./percentiles.ts";

type House = Awaited<ReturnType<typeof compose>>;

const BATCHES = [1, 32, 256];
const GROWING_MS = 4000;
const PEOPLE = 1000;
const ROOMS = 200;
const IN_FLIGHT = 4;
const SEARCHES = 200;
const reader = { actor: "operator" };

const person = (at: number): string => `@person${at % PEOPLE}:localhost`;
const room = (at: number): string => `!room${at % ROOMS}`;

/** Mostly messages, as in a house that is used; one in fifty is refused, one in a hundred names another person. */
function recordOf(at: number): AuditRecord {
  const who = { actor: person(at * 7), deviceId: `DEVICE${at % 3}`, address: `192.0.2.${at % 250}` };
  if (at % 50 === 0) return { event: "room.message.sent", ...who, roomId: room(at), outcome: "refused", reason: "level" };
  if (at % 100 === 1)
    return { event: "room.member.invited", ...who, target: person(at), roomId: room(at), eventId: `$event${at}`, outcome: "done" };
  return {
    event: "room.message.sent",
    ...who,
    roomId: room(at),
    eventId: `$a-hash-of-forty-three-characters-as-ids-are${at}`,
    outcome: "done",
  };
}

let made = 0;
const batchOf = (size: number): readonly AuditRecord[] => Array.from({ length: size }, () => recordOf((made += 1)));

/** One commit after the other, each of so many entries. */
async function growFor({ audit, storage }: House, size: number, milliseconds: number): Promise<number> {
  const [began, from] = [performance.now(), made];
  while (performance.now() - began < milliseconds) await storage.commit({ writes: audit.writes(...batchOf(size)) });
  return ((made - from) * 1000) / (performance.now() - began);
}

async function fillTo({ audit, storage }: House, entries: number): Promise<void> {
  const lane = async (): Promise<void> => {
    for (;;) {
      if (made >= entries) return;
      await storage.commit({ writes: audit.writes(...batchOf(256)) });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  await audit.checkpoint();
}

type Query = Parameters<AuditLog["search"]>[1];

function queries(from: number): Readonly<Record<string, (at: number) => Query>> {
  const now = Date.now();
  const limit = 100;
  return {
    newest: () => ({ limit }),
    "by actor": (at) => ({ actor: person(at * 13), limit }),
    "by target": (at) => ({ target: person(at * 13), limit }),
    "by room": (at) => ({ room: room(at), limit }),
    "by rare code": () => ({ code: "account.created", limit }),
    "by code, refused": () => ({ code: "room.message.*", outcome: "refused", limit }),
    "by actor and room": (at) => ({ actor: person(at * 13), room: room(at), limit }),
    "in ten seconds of the past": (at) => ({
      from: from + ((now - from) * (at % 90)) / 100,
      to: from + ((now - from) * (at % 90)) / 100 + 10_000,
      limit,
    }),
  };
}

async function searchTimes({ audit }: House, queryOf: (at: number) => Query): Promise<Latency> {
  const samples = createSamples();
  for (let at = 0; at < SEARCHES; at += 1) {
    const query = queryOf(at);
    const began = performance.now();
    await audit.search(reader, {
      ...query,
      ...(query.from === undefined ? {} : { from: Math.floor(query.from), to: Math.floor(query.to ?? 0) }),
    });
    samples.add(performance.now() - began);
  }
  return samples.summarise();
}

/** The folder that `wardroom audit export` writes. */
async function exportTo({ audit }: House, folder: string): Promise<void> {
  const state = await audit.state(reader);
  const write = (path: string, content: string | Uint8Array): void => {
    const place = join(folder, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
  };
  write("export.json", describeExport(state));
  if (state.secondPlace !== undefined) write("second-place", state.secondPlace);
  for (const { log, vkey, size, checkpoint } of state.logs) {
    write(`logs/${log}/vkey`, `${vkey}\n`);
    write(`logs/${log}/checkpoint`, checkpoint);
    for (const path of filesOf(size)) write(`logs/${log}/${path}`, await audit.readFile(reader, log, path));
  }
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

async function measure(house: House, root: string, entries: number, print: (line: string) => void): Promise<void> {
  for (let at = 0; at < PEOPLE; at += 1) await house.identity.createAccount({ localpart: `person${at}` });
  const from = Date.now();
  for (const size of BATCHES) print(`grow, ${size} a commit: ${Math.round(await growFor(house, size, GROWING_MS))} entries/s`);
  const filling = performance.now();
  const before = made;
  await fillTo(house, entries);
  print(`fill to ${made}: ${Math.round(((made - before) * 1000) / (performance.now() - filling))} entries/s, signed`);
  for (const [name, queryOf] of Object.entries(queries(from))) {
    const { p50, p99, max } = await searchTimes(house, queryOf);
    print(`search ${name}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms`);
  }
  const exporting = performance.now();
  await exportTo(house, join(root, "export"));
  print(`export: ${seconds(performance.now() - exporting)}`);
  const [checking, cpu] = [performance.now(), process.cpuUsage()];
  const report = await verifyExport({ folder: join(root, "export") });
  const { user, system } = process.cpuUsage(cpu);
  const checked = report.logs.reduce((sum, { entries: count }) => sum + count, 0);
  const faults = report.faults.length + report.logs.reduce((sum, log) => sum + log.faults.length, 0);
  print(
    `verify ${checked} entries: ${seconds(performance.now() - checking)}, ${seconds((user + system) / 1000)} of processor, ${faults} faults`,
  );
  print(`resident ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`);
}

/** `npm run bench:audit -- [--entries N] [--disk FOLDER]` */
export async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { entries: { type: "string", default: "1000000" }, disk: { type: "string", default: tmpdir() } },
  });
  const root = mkdtempSync(join(values.disk, "wardroom-bench-"));
  const flags = { data_dir: join(root, "data"), key_file: join(root, "wardroom.key"), server_name: "localhost" };
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    print(JSON.stringify({ ...describeMachine(values.disk), ...calibrate(values.disk) }));
    const house = await compose({ config: readConfig({ environment: {}, flags }), log: createLogger("warn") });
    try {
      await measure(house, root, Number(values.entries), print);
    } finally {
      await house.close();
    }
    return 0;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
