// What people ask of the directory, one line each.
import { type Answer, type Json, type JsonRecord, listAt, ok, route, type Session, textAt } from "@wardroom/testkit";
import { setState } from "./room-steps.test-support.ts";

export const trySetAlias = (by: Session, alias: string, room: string): Promise<Answer> =>
  by.put(route`/directory/room/${alias}`, { room_id: room });
export async function setAlias(by: Session, alias: string, room: string): Promise<void> {
  ok(await trySetAlias(by, alias, room));
}
export const tryDeleteAlias = (by: Session, alias: string): Promise<Answer> => by.request("DELETE", route`/directory/room/${alias}`);
export const resolve = (by: Session, alias: string): Promise<Answer> => by.get(route`/directory/room/${alias}`);

export const tryPublish = (by: Session, room: string, visibility = "public"): Promise<Answer> =>
  by.put(route`/directory/list/room/${room}`, { visibility });
export async function publish(by: Session, room: string): Promise<void> {
  ok(await tryPublish(by, room));
}
export const visibilityOf = (by: Session, room: string): Promise<Answer> => by.get(route`/directory/list/room/${room}`);

export const publicRooms = async (by: Session, query: JsonRecord = {}): Promise<Json> => ok(await by.post("/publicRooms", query));
export const roomIds = (answer: Json, list = "chunk"): string[] => listAt(answer, list).map((room) => textAt(room, "room_id"));

export const summary = (by: Session, room: string): Promise<Answer> => by.get(route`/_matrix/client/v1/room_summary/${room}`);
export const tryHierarchy = (by: Session, room: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  by.get(route`/_matrix/client/v1/rooms/${room}/hierarchy`, query);
export const hierarchy = async (by: Session, room: string, query?: Readonly<Record<string, string>>): Promise<Json> =>
  ok(await tryHierarchy(by, room, query));

export const addChild = (by: Session, space: string, room: string, content: JsonRecord = {}): Promise<string> =>
  setState(by, space, "m.space.child", { via: ["localhost"], ...content }, room);

export const searchPeople = async (by: Session, term: string, limit = 10): Promise<Json> =>
  ok(await by.post("/user_directory/search", { search_term: term, limit }));
export const foundBy = async (by: Session, term: string, limit?: number): Promise<string[]> =>
  listAt(await searchPeople(by, term, limit), "results").map((person) => textAt(person, "user_id"));
