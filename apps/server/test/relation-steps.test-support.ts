// Events that relate to others, and what is served of them.
import { type Answer, at, type Json, type JsonRecord, listAt, ok, recordAt, route, type Session } from "@wardroom/testkit";
import { getEvent, send, trySend } from "./room-steps.test-support.ts";

export const relating = (relType: string, eventId: string, content: JsonRecord = {}, more: JsonRecord = {}): JsonRecord => ({
  ...content,
  "m.relates_to": { rel_type: relType, event_id: eventId, ...more },
});

export const reply = (by: Session, room: string, root: string, body = "in the thread"): Promise<string> =>
  send(by, room, "m.room.message", relating("m.thread", root, { msgtype: "m.text", body }));

export const tryReact = (by: Session, room: string, eventId: string, key: string): Promise<Answer> =>
  trySend(by, room, "m.reaction", relating("m.annotation", eventId, {}, { key }));
export const react = (by: Session, room: string, eventId: string, key: string): Promise<string> =>
  send(by, room, "m.reaction", relating("m.annotation", eventId, {}, { key }));

export const edit = (by: Session, room: string, eventId: string, body: string, content: JsonRecord = {}): Promise<string> =>
  send(by, room, "m.room.message", {
    ...relating("m.replace", eventId, { msgtype: "m.text", body: `* ${body}` }),
    "m.new_content": { msgtype: "m.text", body },
    ...content,
  });

export const refer = (by: Session, room: string, eventId: string): Promise<string> =>
  send(by, room, "org.example.vote", relating("m.reference", eventId));

export const ignore = async (by: Session, ...others: readonly Session[]): Promise<void> => {
  const users = Object.fromEntries(others.map(({ userId }) => [userId, {}]));
  ok(await by.put(route`/user/${by.userId}/account_data/m.ignored_user_list`, { ignored_users: users }));
};

/** `m.relations` of an event as it was served. */
export const bundleOf = (event: Json | undefined): JsonRecord => recordAt(event, "unsigned", "m.relations");
/** `m.relations` of an event that is asked for by its id. */
export const bundle = async (by: Session, room: string, eventId: string): Promise<JsonRecord> =>
  bundleOf(await getEvent(by, room, eventId));

export type Query = Readonly<Record<string, string>>;
export const tryRelations = (
  by: Session,
  room: string,
  eventId: string,
  query: Query = {},
  ...filters: readonly string[]
): Promise<Answer> =>
  by.get(
    [route`/_matrix/client/v1/rooms/${room}/relations/${eventId}`, ...filters.map((filter) => encodeURIComponent(filter))].join("/"),
    query,
  );
export const relations = async (...asked: Parameters<typeof tryRelations>): Promise<Json> => ok(await tryRelations(...asked));

export const tryThreads = (by: Session, room: string, query: Query = {}): Promise<Answer> =>
  by.get(route`/_matrix/client/v1/rooms/${room}/threads`, query);
export const threads = async (by: Session, room: string, query?: Query): Promise<readonly Json[]> =>
  listAt(ok(await tryThreads(by, room, query)), "chunk");

export const tryContext = (by: Session, room: string, eventId: string, query: Query = {}): Promise<Answer> =>
  by.get(route`/rooms/${room}/context/${eventId}`, query);
export const context = async (by: Session, room: string, eventId: string, query?: Query): Promise<Json> =>
  ok(await tryContext(by, room, eventId, query));

/** The event of this id in a list. */
export const find = (events: readonly Json[], eventId: string): Json | undefined =>
  events.find((event) => at(event, "event_id") === eventId);
