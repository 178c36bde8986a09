import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeTempFolder } from "./temp-folder.ts";
import { waitUntil } from "./wait-until.ts";

export interface ServerProcess {
  readonly url: string;
  readonly dataFolder: string;
  /** The last lines that it wrote, for messages of failing tests. */
  output(): string;
  /** SIGINT, as an operator would. @throws Error if it does not end, or ends with a fault */
  stop(): Promise<void>;
  /** SIGKILL: as a power cut, without the loss of the page cache. */
  kill(): Promise<void>;
  /** Starts it again on the same data and the same port; stops it first if it runs. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

interface StartOptions {
  /** What to run in place of the real server: gets the same arguments. */
  readonly entry?: string;
  /** Settings beside those of every test. */
  readonly environment?: Readonly<Record<string, string>>;
}

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;
const realEntry = fileURLToPath(new URL("../../../apps/cli/bin/wardroom.mjs", import.meta.url));

/** Starts the real server as a process of its own, in a fresh folder, and returns once it answers. */
export async function startServer(options: StartOptions = {}): Promise<ServerProcess> {
  const folder = makeTempFolder("server");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const dataFolder = join(folder.path, "data");
  const args = [
    "start",
    "--profile",
    "conformance",
    "--data",
    dataFolder,
    "--key-file",
    join(folder.path, "wardroom.key"),
    "--listen",
    `127.0.0.1:${port}`,
    "--server-name",
    "localhost",
  ];
  let output = "";
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const started = spawn(process.execPath, [options.entry ?? realEntry, ...args], {
      env: { PATH: process.env["PATH"], ...options.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output = (output + chunk).slice(-8000);
      });
    }
    await waitUntil(`the server to answer. It wrote: ${output}`, START_LIMIT_MS, () => {
      if (hasEnded(started))
        throw new Error(`the server ended at its start (${started.exitCode ?? started.signalCode}). It wrote:\n${output}`);
      return answers(url);
    });
  };
  const end = async (signal: "SIGINT" | "SIGKILL"): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || hasEnded(running)) return;
    running.kill(signal);
    await Promise.race([once(running, "exit"), once(AbortSignal.timeout(STOP_LIMIT_MS), "abort")]);
    if (!hasEnded(running)) {
      running.kill("SIGKILL");
      throw new Error(`the server did not end within ${STOP_LIMIT_MS} ms of ${signal}. It wrote:\n${output}`);
    }
    if (signal === "SIGINT" && running.exitCode !== 0)
      throw new Error(`the server ended with ${running.exitCode ?? running.signalCode} after SIGINT. It wrote:\n${output}`);
  };
  try {
    await start();
  } catch (error) {
    await end("SIGKILL");
    folder.remove();
    throw error;
  }
  return {
    url,
    dataFolder,
    output: () => output,
    stop: () => end("SIGINT"),
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGINT");
      await start();
    },
    async dispose() {
      await end("SIGKILL");
      folder.remove();
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function answers(url: string): Promise<true | undefined> {
  try {
    const response = await fetch(`${url}/_matrix/client/versions`, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok ? true : undefined;
  } catch {
    return undefined;
  }
}

let lastPort = 20_000 + ((process.pid * 37) % 10_000);

/** Below the range that the system gives to outgoing connections: one of those must not take the port during a restart. */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    lastPort = lastPort >= 30_000 ? 20_000 : lastPort + 1;
    if (await canListen(lastPort)) return lastPort;
  }
  throw new Error("no free port between 20000 and 30000");
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
