import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type AuditLog, MatrixError, type OpenedEntry, operatorCommands, serveControl } from "@wardroom/server";

export const entry = fileURLToPath(new URL("../bin/wardroom.mjs", import.meta.url));
/** 2026-11-25T03:57:30.120Z */
export const NOON = 1_795_579_050_120;

export function makeEntry(index: number, more: Partial<OpenedEntry> = {}): OpenedEntry {
  return {
    log: 1,
    index,
    id: "AAAAAAAAAAAAAAAAAAAAAA",
    time: NOON + index,
    code: "room.message.sent",
    class: 6003,
    activity: 1,
    outcome: "done",
    count: 1,
    actor: "@alice:localhost",
    erased: [],
    unsigned: false,
    ...more,
  };
}

interface Double {
  readonly log: AuditLog;
  /** What was asked of it. */
  readonly asked: string[];
}

/** An audit log in memory: pages of at most `page` entries, newest first, and files that hold their own names. */
export function createDouble(entries: readonly OpenedEntry[], { page = 1000, size = 300, state = {} } = {}): Double {
  const asked: string[] = [];
  const notFound = () => new MatrixError("M_NOT_FOUND", "There is no such thing.");
  const find = (log: number, index: number) => entries.find((known) => known.log === log && known.index === index);
  const log: AuditLog = {
    writes: () => [],
    refused: () => {},
    observed: () => {},
    async search({ actor }, { after = "0", limit, ...filter }) {
      asked.push(`${actor} search ${JSON.stringify(filter)} ${limit}`);
      const found = entries
        .filter((known) => filter.actor === undefined || known.actor === filter.actor)
        .filter((known) => filter.outcome === undefined || known.outcome === filter.outcome)
        .toReversed();
      const end = Number(after) + Math.min(page, limit);
      return { entries: found.slice(Number(after), end), ...(end < found.length ? { next: String(end) } : {}) };
    },
    async show(_reader, { log, index }) {
      const found = find(log, index);
      if (found === undefined) throw notFound();
      return found;
    },
    async prove(_reader, { log, index }) {
      if (find(log, index) === undefined) throw notFound();
      return { proof: "c2sp.org/tlog-proof@v1\n", entry: Buffer.from(`{"index":${index}}`) };
    },
    async state() {
      return {
        logs: [
          {
            log: 1,
            origin: "localhost/wardroom/audit/1",
            vkey: "localhost/wardroom/audit/1+aa+bb",
            size,
            checkpoint: "the note of log 1\n",
          },
          { log: 2, origin: "localhost/wardroom/audit/2", vkey: "localhost/wardroom/audit/2+aa+bb", size: 0, checkpoint: "" },
        ],
        unsigned: 3,
        secondPlace: "the note in the second place\n",
        ...state,
      };
    },
    async readFile(_reader, log, path) {
      asked.push(`file ${log} ${path}`);
      if (path.endsWith("lost")) throw notFound();
      return Buffer.from(`${log} ${path} \u0000\u00ff`, "latin1");
    },
    verify: async () => ({ logs: [], faults: [], warnings: [] }),
    checkpoint: async () => {},
    flush: async () => {},
    close: async () => {},
  };
  return { log, asked };
}

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Place {
  readonly root: string;
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ran>;
}

/** A data folder whose running server answers from the double. Nothing but the socket is there: whoever opened the store would fail. */
export async function serveDouble(context: TestContext, log: AuditLog): Promise<Place> {
  const root = mkdtempSync(join(tmpdir(), "wardroom-audit-"));
  const data = join(root, "data");
  mkdirSync(data);
  writeFileSync(join(data, "installation.json"), "{}");
  // Proven: no test of this file asks for people.
  const identity = {} as Parameters<typeof operatorCommands>[0]["identity"];
  const commands = operatorCommands({ identity, serverName: "localhost", audit: log });
  const control = await serveControl(join(data, "control.sock"), commands);
  context.after(async () => {
    await control.close();
    rmSync(root, { recursive: true, force: true });
  });
  return {
    root,
    async run(args, environment = {}) {
      const child = spawn(process.execPath, [entry, ...args, "--data", data], {
        cwd: root,
        env: { PATH: process.env["PATH"], TZ: "Asia/Shanghai", ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
      const [status] = await once(child, "close");
      return { status: typeof status === "number" ? status : null, stdout: stdout(), stderr: stderr() };
    },
  };
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer) => parts.push(part));
  return () => Buffer.concat(parts).toString("utf8");
}
