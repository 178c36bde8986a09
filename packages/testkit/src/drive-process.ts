import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ReplyMessage } from "./chat-protocol.ts";

/** Longer than any wait of the clients' own, so that theirs says better what was missing; without it a lost answer is a silent end of the test. */
const ANSWER_LIMIT_MS = 60_000;

/** A client's process, driven over its IPC channel. */
export interface DrivenProcess {
  readonly call: (name: string, args: readonly unknown[]) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** @param entry file beside this one that calls `answerCommands` */
export function driveProcess(entry: string): DrivenProcess {
  // The SDKs look at browser storage, of which Node warns.
  const execArgv = [...process.execArgv, "--disable-warning=ExperimentalWarning"];
  const child = fork(fileURLToPath(new URL(entry, import.meta.url)), { execArgv, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const waiting = new Map<number, (reply: ReplyMessage) => void>();
  let count = 0;
  child.on("message", (reply: ReplyMessage) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  child.on("exit", () => {
    for (const [id, answer] of waiting) answer({ id, ok: false, error: "the client's process ended" });
  });
  return {
    async call(name, args) {
      const id = (count += 1);
      const reply = await new Promise<ReplyMessage>((resolve) => {
        const limit = setTimeout(() => {
          waiting.delete(id);
          resolve({ id, ok: false, error: `no answer from the client within ${ANSWER_LIMIT_MS} ms` });
        }, ANSWER_LIMIT_MS);
        waiting.set(id, (answer) => {
          clearTimeout(limit);
          resolve(answer);
        });
        child.send({ id, name, args });
      });
      if (!reply.ok) throw new Error(`${name}: ${reply.error}`);
      return reply.value;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, "exit");
    },
  };
}
