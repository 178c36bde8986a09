import { creatorsOf, isJsonObject, type JsonObject, type JsonValue, type RoomVersion } from "@wardroom/matrix-core";
import type { Room } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";
import { ROOM_LABEL } from "./room-label.ts";

/** Client-Server API, "Room Upgrades": what the specification recommends to carry over. Power levels are made anew. */
const carried = [
  "m.room.server_acl",
  "m.room.encryption",
  "m.room.name",
  "m.room.avatar",
  "m.room.topic",
  "m.room.guest_access",
  "m.room.history_visibility",
  "m.room.join_rules",
  "m.room.canonical_alias",
  // Ours: a room that records who reads it must not stop doing so by being replaced.
  ROOM_LABEL,
] as const;

/** The state to set in the replacement, sender and power levels apart. A space without its rooms would be none. */
export function carriedState(room: Room): readonly RoomEvent[] {
  const { state } = room.decided;
  const isSpace = state.get("m.room.create", "")?.content["type"] === "m.space";
  const children = isSpace ? [...state.ofType("m.space.child")].filter(({ content }) => Array.isArray(content["via"])) : [];
  return [...carried.flatMap((type) => state.get(type, "") ?? []), ...children];
}

/** `m.federate` goes along: a room that is closed to other servers must not open by being replaced. */
export function replacementCreate(
  room: Room,
  version: RoomVersion,
  names: { readonly actor: string; readonly additional: readonly string[] },
) {
  const before = room.decided.state.get("m.room.create", "")?.content ?? {};
  const kept = ["type", "m.federate"].flatMap((key) => (Object.hasOwn(before, key) ? [[key, before[key]] as const] : []));
  const additional = version.creatorsRule ? [...new Set(names.additional)].filter((userId) => userId !== names.actor) : [];
  return {
    ...Object.fromEntries(kept.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
    ...(additional.length === 0 ? {} : { additional_creators: additional }),
    ...(version.id === "10" ? { creator: names.actor } : {}),
    room_version: version.id,
    predecessor: { room_id: room.roomId, event_id: room.decided.eventId },
  } satisfies JsonObject;
}

export const bannedUsers = (room: Room): readonly RoomEvent[] =>
  [...room.decided.state.ofType("m.room.member")].filter(({ content }) => content["membership"] === "ban");

const levelOf = (value: JsonValue | undefined, otherwise: number): number => (typeof value === "number" ? value : otherwise);
const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

/** The old room's levels, fitted to what the new version says of creators. Undefined where the old room has none. */
export function replacementLevels(room: Room, version: RoomVersion, creators: readonly string[]): JsonObject | undefined {
  const { state } = room.decided;
  const before = state.get("m.room.power_levels", "")?.content;
  const create = state.get("m.room.create", "");
  if (before === undefined || create === undefined) return undefined;
  if (!version.creatorsRule) return room.version.creatorsRule ? withLevelsOf(before, creatorsOf(create, room.version)) : before;
  const users = Object.entries(objectOf(before["users"])).filter(([userId]) => !creators.includes(userId));
  const events = objectOf(before["events"]);
  const stateDefault = levelOf(before["state_default"], 50);
  // The specification wants it above the level of other state in version 12; as the old room had it, where that is so.
  const tombstone = Math.max(levelOf(events["m.room.tombstone"], 150), stateDefault + 1);
  return { ...before, users: Object.fromEntries(users), events: { ...events, "m.room.tombstone": tombstone } };
}

/** Creators of version 12 have no listed level; where there are no such creators, they get the greatest one that the room knows. */
function withLevelsOf(before: JsonObject, creators: ReadonlySet<string>): JsonObject {
  const users = objectOf(before["users"]);
  const named = [before, objectOf(before["events"]), users].flatMap((levels) => Object.values(levels));
  const top = Math.max(100, ...named.filter((level) => typeof level === "number"));
  return { ...before, users: { ...users, ...Object.fromEntries([...creators].map((userId) => [userId, top])) } };
}

/** What keeps people from writing and inviting in the old room. Only raised, never lowered. */
export function closedLevels(before: JsonObject): { readonly content: JsonObject; readonly least: number } {
  const least = Math.max(50, levelOf(before["users_default"], 0) + 1);
  const raised = (key: string) => Math.max(least, levelOf(before[key], 0));
  return { content: { ...before, events_default: raised("events_default"), invite: raised("invite") }, least };
}
