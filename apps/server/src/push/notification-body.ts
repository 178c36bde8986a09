import { isJsonObject, type JsonValue } from "@wardroom/matrix-core";
import type { FeedEvent, RuleFacts, RoomFeed } from "#rooms";
import type { Outcome } from "./compile-rules.ts";
import type { CountBadge } from "./count-badge.ts";
import type { Pushers } from "./set-pusher.ts";
import type { PusherRow } from "./pusher-store.ts";
import { threadOf } from "./thread-of.ts";

/** What one person is to be told. */
export interface Notice {
  readonly facts: RuleFacts;
  readonly event: FeedEvent;
  readonly outcome: Outcome;
}

export interface PushRequest {
  readonly url: URL;
  readonly pushkey: string;
  readonly json: string;
}

/** The request to the gateway (Push Gateway API, "notify"); undefined if there is nothing to say any more. */
export type BuildRequest = (row: PusherRow, notice: Notice) => Promise<PushRequest | undefined>;

export interface BuildDeps {
  readonly feed: RoomFeed;
  readonly pushers: Pick<Pushers, "open">;
  readonly countBadge: CountBadge;
  /** `full`: also what unencrypted events say, where the pusher did not ask for ids only. */
  readonly content: "id_only" | "full";
}

export function createBuildRequest({ feed, pushers, countBadge, content }: BuildDeps): BuildRequest {
  return async (row, notice) => {
    const pusher = pushers.open(row);
    const data = pusher?.["data"];
    if (pusher === undefined || !isJsonObject(data) || (await isRead(feed, row.user_id, notice))) return undefined;
    const { url, ...rest } = data;
    const { app_id, pushkey } = pusher;
    if (typeof url !== "string" || typeof pushkey !== "string") return undefined;
    const isFull = content === "full" && rest["format"] !== "event_id_only" && notice.event.type !== "m.room.encrypted";
    const { event, facts, outcome } = notice;
    // Whoever reads it on their lock screen asks the server for nothing more.
    if (isFull) await feed.noteRead({ userId: row.user_id, deviceId: row.device_id, isAdmin: false }, facts.roomId, "push");
    const unread = await countBadge(row.user_id);
    const device = { app_id, pushkey, pushkey_ts: Math.floor(row.set_at / 1000), data: rest };
    const notification = {
      event_id: event.eventId,
      room_id: facts.roomId,
      prio: isUrgent(notice) ? "high" : "low",
      counts: unread === 0 ? {} : { unread },
      ...(isFull ? wordsOf(notice, row.user_id) : {}),
      devices: [isFull ? { ...device, tweaks: tweaksOf(outcome) } : device],
    };
    return { url: new URL(url), pushkey, json: JSON.stringify({ notification }) };
  };
}

/** What makes a sound, what names the person, and what only the phone can judge. */
const isUrgent = ({ event, outcome }: Notice): boolean =>
  outcome.highlight || outcome.sound !== undefined || event.type === "m.room.encrypted";

async function isRead(feed: RoomFeed, userId: string, { event, facts }: Notice): Promise<boolean> {
  if (facts.findRecent(event.eventId)?.isRedacted === true) return true;
  const view = await feed.memberView(userId, facts.roomId);
  // An invitation is for who is not in the room yet; anybody else who is not in it is told nothing.
  if (view === undefined) return !(event.type === "m.room.member" && event.stateKey === userId);
  const { everywhere, threads } = view.marks;
  return event.position <= Math.max(everywhere, threads.get(threadOf(event, facts.findRecent)) ?? 0);
}

function wordsOf({ event, facts }: Notice, userId: string) {
  const [name, sender] = [facts.name(), facts.displayName(event.sender)];
  return {
    type: event.type,
    sender: event.sender,
    content: event.content,
    ...(name === undefined ? {} : { room_name: name }),
    ...(sender === undefined ? {} : { sender_display_name: sender }),
    ...(event.type === "m.room.member" ? { user_is_target: event.stateKey === userId } : {}),
  };
}

function tweaksOf({ actions }: Outcome): Readonly<Record<string, JsonValue>> {
  const tweaks = actions.filter(isJsonObject).filter((action) => typeof action["set_tweak"] === "string");
  return Object.fromEntries(tweaks.map(({ set_tweak: name, value }) => [name, value ?? true]));
}
