import type { ChatCommands, RoomView } from "./chat-protocol.ts";
import { driveProcess } from "./drive-process.ts";
import { waitUntil } from "./wait-until.ts";

export type { RoomView, SeenEvent } from "./chat-protocol.ts";

/** A chat client of the kind people use (matrix-js-sdk), in a process of its own. */
export interface ChatClient extends ChatCommands {
  /** Waits until the client shows the room so. @throws Error with what it shows instead */
  until(what: string, roomId: string, holds: (view: RoomView) => boolean): Promise<RoomView>;
  close(): Promise<void>;
}

const SHOW_LIMIT_MS = 20_000;

/** Starts the process; `start` then signs in. */
export function startChatClient(): ChatClient {
  const { call, close } = driveProcess("./chat-client-process.ts");
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
    sendInThread: command("sendInThread"),
    sendFile: command("sendFile"),
    openFile: command("openFile"),
    thread: command("thread"),
    scrollBack: command("scrollBack"),
    setUpRecovery: command("setUpRecovery"),
    backUp: command("backUp"),
    recover: command("recover"),
    isSignedByOwner: command("isSignedByOwner"),
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
    close,
  };
}
