import type { JsonObject, JsonValue, Pdu, RoomVersion, StateEvent, StateView, Verdict } from "./contract.ts";
import { parseUserId } from "./identifiers.ts";
import { isJsonObject, own, ownObject } from "./json-value.ts";
import { creatorsOf, isLevel, powerOf } from "./power-levels.ts";
import { ALLOWED, refuse } from "./verdict.ts";
import type { Refusal } from "./verdict.ts";

const SINGLE_LEVELS = ["users_default", "events_default", "state_default", "ban", "redact", "kick", "invite"] as const;
const LEVEL_MAPS = ["events", "notifications"] as const;

const isLevelMap = (value: JsonValue): value is JsonObject => isJsonObject(value) && Object.keys(value).every((key) => isLevel(value[key]));

/** Rules 9.1 to 9.3, in version 12 10.1 to 10.4: the shape. Strings that look like integers are refused since version 10. */
const checkShape = (content: JsonObject, create: StateEvent, version: RoomVersion): Refusal | undefined => {
  for (const key of SINGLE_LEVELS) {
    const value = own(content, key);
    if (value !== undefined && !isLevel(value)) return refuse(version, "power.not-integer", `${key} is not an integer`);
  }
  for (const key of LEVEL_MAPS) {
    const value = own(content, key);
    if (value !== undefined && !isLevelMap(value)) return refuse(version, `power.${key}-shape`, `${key} does not map to integers`);
  }
  const users = own(content, "users");
  if (users === undefined) return undefined;
  if (!isLevelMap(users)) return refuse(version, "power.users-shape", "users does not map to integers");
  const userIds = Object.keys(users);
  if (userIds.some((userId) => parseUserId(userId) === undefined))
    return refuse(version, "power.users-id", "users names what is no user id");
  if (!version.creatorsRule) return undefined;
  const creators = creatorsOf(create, version);
  return userIds.some((userId) => creators.has(userId))
    ? refuse(version, "power.users-creator", "users names a creator of the room")
    : undefined;
};

interface Alteration {
  readonly key: string;
  /** Undefined where the entry was added. */
  readonly current: number | undefined;
  /** Undefined where the entry was removed. */
  readonly next: number | undefined;
}

const levelAt = (levels: JsonObject, key: string): number | undefined => {
  const value = own(levels, key);
  return isLevel(value) ? value : undefined;
};

const alterations = (before: JsonObject, after: JsonObject, keys: Iterable<string>): readonly Alteration[] => {
  const found: Alteration[] = [];
  for (const key of keys) {
    const current = levelAt(before, key);
    const next = levelAt(after, key);
    if (current !== next) found.push({ key, current, next });
  }
  return found;
};

const alterationsOfMap = (before: JsonObject, after: JsonObject, name: string): readonly Alteration[] => {
  const old = ownObject(before, name) ?? {};
  const fresh = ownObject(after, name) ?? {};
  return alterations(old, fresh, new Set([...Object.keys(old), ...Object.keys(fresh)]));
};

/** Nobody touches a level above their own, nor sets one. */
const checkReach = (found: readonly Alteration[], power: number, version: RoomVersion, rule: string): Refusal | undefined => {
  for (const { current, next } of found) {
    if (current !== undefined && current > power) return refuse(version, `${rule}.current`, "You may not change a level above your own");
    if (next !== undefined && next > power) return refuse(version, `${rule}.new`, "You may not set a level above your own");
  }
  return undefined;
};

/** Nor touches the entry of somebody who stands equal: only one's own. */
const checkUsers = (found: readonly Alteration[], sender: string, power: number, version: RoomVersion): Refusal | undefined => {
  const equals = found.some(({ key, current }) => key !== sender && current !== undefined && current >= power);
  if (equals) return refuse(version, "power.users.current", "You may not change the level of a user who is not below you");
  const above = found.some(({ next }) => next !== undefined && next > power);
  return above ? refuse(version, "power.users.new", "You may not give a user a level above your own") : undefined;
};

/** Rule 9, in version 12 rule 10. */
export const authorisePowerLevels = (pdu: Pdu, state: StateView, create: StateEvent, version: RoomVersion): Verdict => {
  const misshapen = checkShape(pdu.content, create, version);
  if (misshapen !== undefined) return misshapen;
  const before = state.get("m.room.power_levels", "")?.pdu.content;
  if (before === undefined) return ALLOWED;
  const power = powerOf(pdu.sender, state, version);
  return (
    checkReach(alterations(before, pdu.content, SINGLE_LEVELS), power, version, "power.level") ??
    checkReach(alterationsOfMap(before, pdu.content, "events"), power, version, "power.events") ??
    checkReach(alterationsOfMap(before, pdu.content, "notifications"), power, version, "power.notifications") ??
    checkUsers(alterationsOfMap(before, pdu.content, "users"), pdu.sender, power, version) ??
    ALLOWED
  );
};
