import type { CommandMessage, ReplyMessage } from "./chat-protocol.ts";

/** Carries out the commands that the test sends over the IPC channel, and ends with it. */
export function answerCommands(commands: object): void {
  const obey = async (message: CommandMessage): Promise<ReplyMessage> => {
    try {
      if (!Object.hasOwn(commands, message.name)) throw new Error(`no command ${message.name}`);
      // Both ends are typed by one interface; the channel between them carries plain values.
      const command = Reflect.get(commands, message.name) as (...args: readonly unknown[]) => Promise<unknown>;
      return { id: message.id, ok: true, value: await command(...message.args) };
    } catch (error) {
      return { id: message.id, ok: false, error: error instanceof Error ? error.message : "failed" };
    }
  };
  process.on("message", (message: CommandMessage) => {
    void obey(message).then((reply) => process.send?.(reply));
  });
  // The test that drove this client is gone, by whatever end.
  process.on("disconnect", () => process.exit(0));
}
