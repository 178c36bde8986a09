import type { Actor } from "#kernel";

/** Unread words of others by the reader's own push rules. */
export interface UnreadCount {
  readonly notifications: number;
  readonly highlights: number;
}

export interface RoomUnread {
  /** Of the main timeline. */
  readonly main: UnreadCount;
  /** Of threads with something unread, by the id of their root. */
  readonly threads: ReadonlyMap<string, UnreadCount>;
}

export interface Push {
  /** As of `until`. Nothing is stored or computed for it at a send: each reader's count goes on from their last one. */
  unread(actor: Actor, roomId: string, until: number): Promise<RoomUnread>;
  close(): Promise<void>;
}
