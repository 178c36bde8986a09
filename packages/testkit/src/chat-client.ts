import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ChatCommands, ReplyMessage, RoomView } from "./chat-protocol.ts";
import { waitUntil } from "./wait-until.ts";

export type { RoomView, SeenEvent } from "./chat-protocol.ts";

/** A chat client of the kind people use (matrix-js-sdk), in a process of its own. */
export interface ChatClient extends ChatCommands {
  /** Waits until the client shows the room so. @throws Error with what it shows instead */
  until(what: string, roomId: string, holds: (view: RoomView) => boolean): Promise<RoomView>;
  close(): Promise<void>;
}

const entry = fileURLToPath(new URL("./chat-client-process.ts", import.meta.url));
const SHOW_LIMIT_MS = 20_000;

/** Starts the process; `start` then signs in. */
export function startChatClient(): ChatClient {
  // The SDK looks at browser storage, of which Node warns.
  const execArgv = [...process.execArgv, "--disable-warning=ExperimentalWarning"];
  const child = fork(entry, { execArgv, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const waiting = new Map<number, (reply: ReplyMessage) => void>();
  let count = 0;
  child.on("message", (reply: ReplyMessage) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  child.on("exit", () => {
    for (const [id, answer] of waiting) answer({ id, ok: false, error: "the client's process ended" });
  });
  const call = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    const id = (count += 1);
    const reply = await new Promise<ReplyMessage>((resolve) => {
      waiting.set(id, resolve);
      child.send({ id, name, args });
    });
    if (!reply.ok) throw new Error(`${name}: ${reply.error}`);
    return reply.value;
  };
  const command = <Name extends keyof ChatCommands>(name: Name): ChatCommands[Name] =>
    // The other end implements ChatCommands under the same names.
    ((...args: readonly unknown[]) => call(name, args)) as ChatCommands[Name];
  const view = command("view");
  return {
    start: command("start"),
    createRoom: command("createRoom"),
    join: command("join"),
    invite: command("invite"),
    leave: command("leave"),
    kick: command("kick"),
    ban: command("ban"),
    unban: command("unban"),
    send: command("send"),
    edit: command("edit"),
    react: command("react"),
    redact: command("redact"),
    view,
    health: command("health"),
    async until(what, roomId, holds) {
      let last: RoomView | undefined;
      try {
        return await waitUntil(
          what,
          SHOW_LIMIT_MS,
          async () => {
            last = await view(roomId);
            return holds(last) ? last : undefined;
          },
          40,
        );
      } catch (error) {
        throw new Error(`the client never showed ${what}; it shows ${JSON.stringify(last)}`, { cause: error });
      }
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, "exit");
    },
  };
}
