import { type ChildProcess, fork } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger, Timers } from "#kernel";
import { busy } from "./errors.ts";
import type { DecodeAnswer, DecodeRequest } from "./thumbnail-messages.ts";

/** Makes small pictures of large ones, in a process of its own, one after another. */
export interface Thumbnailer {
  /** @param read gives the picture when its turn has come. @throws MatrixError M_LIMIT_EXCEEDED; what `read` throws */
  make(request: Omit<DecodeRequest, "bytes">, read: () => Promise<Uint8Array>): Promise<DecodeAnswer>;
  close(): Promise<void>;
}

export interface ThumbnailerDeps {
  readonly timers: Timers;
  readonly log: Logger;
  /** Milliseconds. */
  readonly limits?: { readonly picture: number; readonly idle: number; readonly waiting: number };
}

const LIMITS = { picture: 8000, idle: 60_000, waiting: 32 };
const MEMORY_MIB = 128;
const entry = fileURLToPath(new URL("./thumbnail-process.ts", import.meta.url));
const refused: DecodeAnswer = { kind: "refused" };

export function createThumbnailer({ timers, log, limits = LIMITS }: ThumbnailerDeps): Thumbnailer {
  let child: ChildProcess | undefined;
  let idle: { cancel(): void } | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let [waiting, isClosed] = [0, false];

  const stop = (running: ChildProcess) => {
    if (child === running) child = undefined;
    running.kill("SIGKILL");
  };
  const ask = (request: DecodeRequest): Promise<DecodeAnswer> =>
    new Promise((resolve) => {
      const running = (child ??= start(log));
      const finish = (answer: DecodeAnswer) => {
        limit.cancel();
        running.removeAllListeners();
        // A fault of a process that is being ended is no news, and must not become one of this process.
        running.on("error", () => {});
        resolve(answer);
      };
      // A picture that takes this long was made to, or the process hangs: its successor starts afresh.
      const limit = timers.after(limits.picture, () => {
        stop(running);
        log.warn({}, "a picture took too long to decode");
        finish(refused);
      });
      running.on("message", (answer: DecodeAnswer) => finish(answer));
      const lost = () => {
        stop(running);
        if (!isClosed) log.warn({}, "the process that decodes pictures has ended");
        finish(refused);
      };
      running.on("error", lost).on("exit", lost);
      // The callback takes the failure of a process that has just ended; its exit is heard above.
      running.send(request, () => {});
    });
  const rest = () => {
    idle = timers.after(limits.idle, () => {
      if (child !== undefined) stop(child);
    });
  };
  return {
    async make(request, read) {
      if (isClosed || waiting >= limits.waiting) throw busy("Too many pictures are being made. Try again later.");
      waiting += 1;
      const mine = turn.then(async () => {
        idle?.cancel();
        try {
          return await ask({ ...request, bytes: await read() });
        } finally {
          rest();
        }
      });
      turn = mine.catch(() => {});
      try {
        return await mine;
      } finally {
        waiting -= 1;
      }
    },
    async close() {
      isClosed = true;
      idle?.cancel();
      if (child !== undefined) stop(child);
      await turn;
    },
  };
}

/** Where packages are, seen from here: all that the process may read beside its own file. */
const packages = () => join(dirname(fileURLToPath(import.meta.resolve("sharp"))), "..", "..");

function start(log: Logger): ChildProcess {
  const child = fork(entry, {
    // The permission model keeps the process from files, other processes and (where this Node knows it) the network; it does not hold
    // native code, which is why nothing of worth is given to the process in the first place.
    execArgv: [
      `--max-old-space-size=${MEMORY_MIB}`,
      "--permission",
      "--allow-addons",
      `--allow-fs-read=${join(dirname(entry), "*")}`,
      `--allow-fs-read=${join(packages(), "*")}`,
      "--disable-warning=PERM0001",
    ],
    // No token, no path of a key: only what the libraries need. The last one lets libvips load nothing that it calls untrusted.
    env: { VIPS_BLOCK_UNTRUSTED: "1" },
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  // The server does not wait for it when it stops.
  child.unref();
  child.channel?.unref();
  log.info({}, "the process that decodes pictures has started");
  return child;
}
