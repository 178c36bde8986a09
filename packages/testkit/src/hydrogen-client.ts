import { driveProcess } from "./drive-process.ts";
import type { HydrogenCommands, HydrogenView } from "./hydrogen-protocol.ts";
import { waitUntil } from "./wait-until.ts";

/** A client on hydrogen-view-sdk, in a process of its own. */
export interface HydrogenClient extends HydrogenCommands {
  /** Waits until the client shows the room so. */
  until(what: string, roomId: string, holds: (view: HydrogenView) => boolean): Promise<HydrogenView>;
  close(): Promise<void>;
}

const SHOW_LIMIT_MS = 20_000;

export function startHydrogenClient(): HydrogenClient {
  const { call, close } = driveProcess("./hydrogen-client-process.ts");
  const command = <Name extends keyof HydrogenCommands>(name: Name): HydrogenCommands[Name] =>
    // The other end implements HydrogenCommands under the same names.
    ((...args: readonly unknown[]) => call(name, args)) as HydrogenCommands[Name];
  const view = command("view");
  return {
    start: command("start"),
    createRoom: command("createRoom"),
    accept: command("accept"),
    leave: command("leave"),
    send: command("send"),
    react: command("react"),
    redact: command("redact"),
    paths: command("paths"),
    view,
    until: (what, roomId, holds) =>
      waitUntil(`Hydrogen shows ${what}`, SHOW_LIMIT_MS, async () => {
        const seen = await view(roomId);
        return holds(seen) ? seen : undefined;
      }),
    close,
  };
}
