import type { JsonObject } from "@wardroom/matrix-core";
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

/** Of kind `http`: the only one there is. */
export interface PusherInput {
  readonly app_id: string;
  readonly pushkey: string;
  readonly app_display_name: string;
  readonly device_display_name: string;
  readonly profile_tag?: string;
  readonly lang: string;
  /** `url`, perhaps `format`, and what the gateway is to be told beside. */
  readonly data: JsonObject;
  /** False: nobody else keeps a pusher of the same app and pushkey. */
  readonly append: boolean;
}

export interface NotificationsQuery {
  /** A token of this endpoint. */
  readonly from?: string;
  readonly limit: number;
  readonly onlyHighlights: boolean;
}

export interface Push {
  /** As of `until`. Nothing is stored or computed for it at a send: each reader's count goes on from their last one. */
  unread(actor: Actor, roomId: string, until: number): Promise<RoomUnread>;
  /** As clients get them. */
  listPushers(actor: Actor): Promise<readonly JsonObject[]>;
  /** It goes with the device that set it. @throws MatrixError M_INVALID_PARAM, M_UNKNOWN_TOKEN, M_USER_DEACTIVATED */
  setPusher(actor: Actor, input: PusherInput): Promise<void>;
  /** Also if there is none. */
  removePusher(actor: Actor, input: Pick<PusherInput, "app_id" | "pushkey">): Promise<void>;
  /** JSON texts, newest first. @throws MatrixError M_INVALID_PARAM for a broken token */
  listNotifications(
    actor: Actor,
    query: NotificationsQuery,
  ): Promise<{ readonly notifications: readonly string[]; readonly next: string | undefined }>;
  close(): Promise<void>;
}
