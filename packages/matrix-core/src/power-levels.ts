import type { JsonObject, JsonValue, RoomVersion, StateEvent, StateView } from "./contract.ts";
import { own, ownObject, ownString } from "./json-value.ts";
import { namesCreatorInContent } from "./room-versions.ts";

/** Levels that apply where the room says nothing (Server-Server API, "Definitions"; `m.room.power_levels`). */
const defaultLevels = { invite: 0, kick: 50, ban: 50, redact: 50, events_default: 0, state_default: 50, users_default: 0 } as const;

/** Of the creator before room version 12, while the room has no power levels. */
const FIRST_CREATOR_LEVEL = 100;

export const isLevel = (value: JsonValue | undefined): value is number => Number.isSafeInteger(value);

const powerContent = (state: StateView): JsonObject | undefined => state.get("m.room.power_levels", "")?.pdu.content;

const levelIn = (content: JsonObject | undefined, key: string): number | undefined => {
  const value = content === undefined ? undefined : own(content, key);
  return isLevel(value) ? value : undefined;
};

const additionalCreators = (create: StateEvent): readonly string[] => {
  const listed = own(create.pdu.content, "additional_creators");
  return Array.isArray(listed) ? listed.filter((userId) => typeof userId === "string") : [];
};

/**
 * Who made the room, and who alone may enter it by the rule of the first join. In version 10 whom the content of the create
 * event names, possibly nobody.
 */
export const firstCreatorOf = (create: StateEvent, version: RoomVersion): string | undefined =>
  namesCreatorInContent(version) ? ownString(create.pdu.content, "creator") : create.pdu.sender;

/** The creator; in version 12 also the `additional_creators`. */
export const creatorsOf = (create: StateEvent, version: RoomVersion): ReadonlySet<string> => {
  const first = firstCreatorOf(create, version);
  return new Set([...(first === undefined ? [] : [first]), ...(version.creatorsRule ? additionalCreators(create) : [])]);
};

/** `creatorsOf(…).has(userId)` without building a set for every message. */
const isCreator = (userId: string, state: StateView, version: RoomVersion): boolean => {
  const create = state.get("m.room.create", "");
  if (create === undefined) return false;
  return firstCreatorOf(create, version) === userId || (version.creatorsRule && additionalCreators(create).includes(userId));
};

/** Infinity for the creators of a room of version 12: no level that a room can set reaches them. */
export const powerOf = (userId: string, state: StateView, version: RoomVersion): number => {
  if (version.creatorsRule && isCreator(userId, state, version)) return Infinity;
  const content = powerContent(state);
  if (content === undefined) return !version.creatorsRule && isCreator(userId, state, version) ? FIRST_CREATOR_LEVEL : 0;
  return levelIn(ownObject(content, "users"), userId) ?? levelIn(content, "users_default") ?? defaultLevels.users_default;
};

/** The power level that sending an event of this type requires. Memberships are judged by rules of their own. */
export const levelToSend = (type: string, isState: boolean, state: StateView, _version: RoomVersion): number => {
  const content = powerContent(state);
  const key = isState ? "state_default" : "events_default";
  const ofType = content === undefined ? undefined : levelIn(ownObject(content, "events"), type);
  return ofType ?? levelIn(content, key) ?? defaultLevels[key];
};

export const levelTo = (act: "invite" | "kick" | "ban" | "redact", state: StateView, _version: RoomVersion): number =>
  levelIn(powerContent(state), act) ?? defaultLevels[act];
