import type { Actor, RawJson } from "#kernel";

export interface SyncRequest {
  /** Filter id or inline JSON. */
  readonly filter?: string;
  readonly since?: string;
  readonly fullState?: boolean;
  readonly timeoutMs?: number;
  readonly setPresence?: "online" | "unavailable" | "offline";
  /** The spelling of state-after that the client asked for, if any. */
  readonly useStateAfter?: "stable" | "unstable";
}

/** What a token says. Opaque and versioned on the wire (design D5). */
export interface StreamToken {
  readonly position: number;
  /** The counter of what is not stored; undefined: nobody typed in any of the reader's rooms, so that there is nothing to reset. */
  readonly ephemeral: number | undefined;
  /** Messages to the device up to here have come; behind `position` where an answer had no room for all. */
  readonly toDevice: number;
  /** The counter again, for presence; undefined: the client was told of nobody's. */
  readonly presence: number | undefined;
  /** false: issued by another boot (resend typing); or by another store generation (answer as an initial sync). */
  readonly sameBoot: boolean;
  readonly sameGeneration: boolean;
}

export interface Sync {
  /**
   * Waits up to the timeout for something new.
   * @param beginHeavyRead called before much is read (all rooms, or much that the client missed), never for the wait; what it
   *   resolves to is called when that is over. What it throws is passed on.
   * @throws MatrixError M_INVALID_PARAM for a broken token or filter; M_LIMIT_EXCEEDED when too many requests of the device or
   *   the person wait already.
   */
  sync(actor: Actor, request: SyncRequest, signal: AbortSignal, beginHeavyRead?: () => Promise<() => void>): Promise<RawJson>;
  /**
   * People who share a room with the asking one and changed their devices or began to share one; and those who share none any more.
   * @throws MatrixError M_INVALID_PARAM for a broken token.
   */
  keyChanges(actor: Actor, from: string, to: string): Promise<DeviceLists>;
  /** Tokens of /messages and members?at are the same kind. @throws MatrixError M_INVALID_PARAM. */
  parseToken(token: string): StreamToken;
  formatToken(position: number): string;
}

export interface DeviceLists {
  readonly changed: readonly string[];
  readonly left: readonly string[];
}

export interface Unread {
  readonly notifications: number;
  readonly highlights: number;
}

/** Unread words of others as of `until`: in the main timeline, and in threads by the id of their root. */
export type UnreadOf = (actor: Actor, roomId: string, until: number) => Promise<RoomUnread>;

export interface RoomUnread {
  readonly main: Unread;
  readonly threads: ReadonlyMap<string, Unread>;
}
