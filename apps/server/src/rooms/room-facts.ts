import { isJsonObject, isRoomId, type JsonObject, type JsonValue, own, type StateView } from "@wardroom/matrix-core";
import type { RoomFacts } from "./directory-contract.ts";

// @NOTSPEC longer texts are cut: a list of rooms holds hundreds of them, and an event may be all topic.
const MOST_NAME = 255;
const MOST_TOPIC = 1024;
const MOST_WORD = 255;
const MOST_ALLOWED = 100;

/** What the state says of a room to people outside. */
export function factsOf(state: StateView, room: Pick<RoomFacts, "roomId" | "version" | "joined">): RoomFacts {
  const content = (type: string): JsonObject => state.get(type, "")?.pdu.content ?? {};
  const rules = content("m.room.join_rules");
  const joinRule = word(rules["join_rule"]) ?? "invite";
  return {
    ...room,
    name: cut(text(content("m.room.name")["name"]), MOST_NAME),
    topic: cut(topicOf(content("m.room.topic")), MOST_TOPIC),
    avatarUrl: starting("mxc://", content("m.room.avatar")["url"]),
    canonicalAlias: starting("#", content("m.room.canonical_alias")["alias"]),
    roomType: word(content("m.room.create")["type"]),
    encryption: word(content("m.room.encryption")["algorithm"]),
    joinRule,
    allowedRooms: joinRule === "restricted" || joinRule === "knock_restricted" ? allowedBy(rules["allow"]) : [],
    guestCanJoin: content("m.room.guest_access")["guest_access"] === "can_join",
    isWorldReadable: content("m.room.history_visibility")["history_visibility"] === "world_readable",
  };
}

const text = (value: JsonValue | undefined): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const word = (value: JsonValue | undefined): string | undefined => {
  const found = text(value);
  return found === undefined || found.length > MOST_WORD ? undefined : found;
};
const starting = (prefix: string, value: JsonValue | undefined): string | undefined => {
  const found = word(value);
  return found?.startsWith(prefix) === true ? found : undefined;
};

/** Not through the middle of a character. */
const cut = (value: string | undefined, most: number): string | undefined =>
  value === undefined || value.length <= most ? value : value.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "") + "…";

/** The plain text of a topic: `m.topic` holds forms of it, `topic` the one for clients that do not know those. */
function topicOf(content: JsonObject): string | undefined {
  const plain = text(content["topic"]);
  if (plain !== undefined) return plain;
  for (const form of list(member(content["m.topic"], "m.text"))) {
    const type = member(form, "mimetype");
    if (type === undefined || type === "text/plain") return text(member(form, "body"));
  }
  return undefined;
}

function allowedBy(allow: JsonValue | undefined): readonly string[] {
  return list(allow)
    .flatMap((condition) => {
      const roomId = member(condition, "type") === "m.room_membership" ? member(condition, "room_id") : undefined;
      return typeof roomId === "string" && isRoomId(roomId) ? [roomId] : [];
    })
    .slice(0, MOST_ALLOWED);
}

export const list = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const member = (value: JsonValue | undefined, key: string): JsonValue | undefined =>
  // Content comes from the parser without a prototype; the check holds for content that this server built, too.
  isJsonObject(value) ? own(value, key) : undefined;
