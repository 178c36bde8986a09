import { type ChildProcess, fork } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger, Timers } from "#kernel";
import { busy } from "./errors.ts";
import type { DecodeAnswer, DecodeRequest } from "./thumbnail-messages.ts";
import { createTurns, type TurnLimits } from "./turns.ts";

/** Makes small pictures of large ones, in a process of its own, one after another. */
export interface Thumbnailer {
  /** @param person who asks @param read gives the picture when its turn has come. @throws MatrixError M_LIMIT_EXCEEDED; what `read` throws */
  make(person: string, request: Omit<DecodeRequest, "bytes">, read: () => Promise<Uint8Array>): Promise<DecodeAnswer>;
  close(): Promise<void>;
}

export interface ThumbnailerDeps {
  readonly timers: Timers;
  readonly log: Logger;
  /** Milliseconds. */
  readonly limits?: TurnLimits & { readonly picture: number; readonly idle: number };
}

/** A page of a room shows some twenty pictures at once. What waits holds no picture yet. */
const LIMITS = { picture: 8000, idle: 60_000, waiting: 256, waitingPerPerson: 24 };
const refused: DecodeAnswer = { kind: "refused" };

export function createThumbnailer({ timers, log, limits = LIMITS }: ThumbnailerDeps): Thumbnailer {
  const decoder = createDecoder(timers, log, limits.picture);
  const turns = createTurns(limits);
  let idle: { cancel(): void } | undefined;
  let isClosed = false;
  return {
    make: (person, request, read) =>
      turns.take(person, async () => {
        if (isClosed) throw busy("The server is stopping.");
        idle?.cancel();
        try {
          return await decoder.ask({ ...request, bytes: await read() });
        } finally {
          idle = timers.after(limits.idle, () => decoder.stop());
        }
      }),
    async close() {
      isClosed = true;
      decoder.stop();
      await turns.over();
      idle?.cancel();
      decoder.stop();
    },
  };
}

/** The process: started at need, and ended by force when it is not done in time or no longer needed. One question at a time. */
function createDecoder(timers: Timers, log: Logger, patience: number) {
  let child: ChildProcess | undefined;
  const stop = () => {
    child?.kill("SIGKILL");
    child = undefined;
  };
  const ask = (request: DecodeRequest): Promise<DecodeAnswer> =>
    new Promise((resolve) => {
      const running = (child ??= start(log));
      const finish = (answer: DecodeAnswer) => {
        limit.cancel();
        for (const event of ["message", "error", "exit"]) running.removeAllListeners(event);
        // A fault of a process that is being ended is no news, and must not become one of this process.
        running.on("error", () => {});
        // One that ends while nobody asks must not be asked next.
        running.once("exit", () => {
          if (child === running) child = undefined;
        });
        resolve(answer);
      };
      const giveUp = (why: string) => {
        stop();
        log.warn({}, why);
        finish(refused);
      };
      // A picture that takes this long was made to, or the process hangs.
      const limit = timers.after(patience, () => giveUp("a picture took too long to decode"));
      running.on("message", (answer: DecodeAnswer) => finish(answer));
      running.on("error", () => giveUp("the process that decodes pictures has failed"));
      running.on("exit", () => giveUp("the process that decodes pictures has ended"));
      // The callback takes the failure of a process that has just ended; its exit is heard above.
      running.send(request, () => {});
    });
  return { ask, stop };
}

const MEMORY_MIB = 128;
const entry = fileURLToPath(new URL("./thumbnail-process.ts", import.meta.url));

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
  log.info({}, "the process that decodes pictures has started");
  return child;
}
