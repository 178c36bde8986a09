import type { SeenEvent } from "./chat-protocol.ts";

export interface HydrogenView {
  readonly membership: "join" | "invite" | "none";
  readonly events: readonly Pick<SeenEvent, "id" | "type" | "sender" | "body" | "redacted" | "reactions">[];
}

/** What the process of a Hydrogen client is told to do. It has no encryption: that needs a library which is no longer kept. */
export interface HydrogenCommands {
  /** Signs in and waits for the first sync. */
  start(input: { readonly url: string; readonly name: string; readonly password: string }): Promise<{ readonly userId: string }>;
  createRoom(input: { readonly name: string; readonly invite: readonly string[] }): Promise<string>;
  /** Accepts an invite that the client shows. */
  accept(roomId: string): Promise<void>;
  leave(roomId: string): Promise<void>;
  send(roomId: string, body: string): Promise<void>;
  react(roomId: string, eventId: string, key: string): Promise<void>;
  redact(roomId: string, eventId: string): Promise<void>;
  view(roomId: string): Promise<HydrogenView>;
  /** Method and path of everything it asked for. */
  paths(): Promise<readonly string[]>;
}
