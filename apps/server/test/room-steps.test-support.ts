// What people do in rooms, one line each. Every step asserts that the server allowed it.
import { type Answer, type Json, type JsonRecord, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";

let transactions = 0;
/** A transaction id that no other call gets. */
export const nextTransaction = (): string => `t${(transactions += 1)}`;

/** They may not. */
export const forbidden = (answer: Answer): void => refused(answer, 403, "M_FORBIDDEN");

export async function makeRoom(by: Session, request: JsonRecord = {}): Promise<string> {
  return textAt(ok(await by.post("/createRoom", request)), "room_id");
}

/** A public room of `owner` that the others have joined, in this order. */
export async function makeRoomWith(owner: Session, others: readonly Session[], request: JsonRecord = {}): Promise<string> {
  const room = await makeRoom(owner, { preset: "public_chat", ...request });
  for (const other of others) await join(other, room);
  return room;
}

export function trySend(by: Session, room: string, type: string, content: Json, transaction = nextTransaction()): Promise<Answer> {
  return by.put(route`/rooms/${room}/send/${type}/${transaction}`, content);
}

export async function send(by: Session, room: string, type: string, content: Json, transaction?: string): Promise<string> {
  return textAt(ok(await trySend(by, room, type, content, transaction)), "event_id");
}

export const say = (by: Session, room: string, body: string, transaction?: string): Promise<string> =>
  send(by, room, "m.room.message", { msgtype: "m.text", body }, transaction);

/** Says several things, one after another. */
export async function sayAll(by: Session, room: string, ...bodies: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const body of bodies) ids.push(await say(by, room, body));
  return ids;
}

export function trySetState(by: Session, room: string, type: string, content: Json, stateKey = ""): Promise<Answer> {
  return by.put(route`/rooms/${room}/state/${type}/${stateKey}`, content);
}

export async function setState(by: Session, room: string, type: string, content: Json, stateKey?: string): Promise<string> {
  return textAt(ok(await trySetState(by, room, type, content, stateKey)), "event_id");
}

export const tryGetState = (by: Session, room: string, type: string, stateKey = ""): Promise<Answer> =>
  by.get(route`/rooms/${room}/state/${type}/${stateKey}`);

/** The content of a state event as this person sees it. */
export const getState = async (by: Session, room: string, type: string, stateKey?: string): Promise<Json> =>
  ok(await tryGetState(by, room, type, stateKey));

export const tryJoin = (who: Session, room: string): Promise<Answer> => who.post(route`/join/${room}`);
export async function join(who: Session, room: string): Promise<void> {
  ok(await tryJoin(who, room));
}
export const tryLeave = (who: Session, room: string): Promise<Answer> => who.post(route`/rooms/${room}/leave`);
export async function leave(who: Session, room: string): Promise<void> {
  ok(await tryLeave(who, room));
}

export type Act = "invite" | "kick" | "ban" | "unban";
export const tryAct = (by: Session, act: Act, room: string, userId: string, reason?: string): Promise<Answer> =>
  by.post(route`/rooms/${room}/${act}`, { user_id: userId, ...(reason === undefined ? {} : { reason }) });
export async function act(by: Session, what: Act, room: string, who: Session, reason?: string): Promise<void> {
  ok(await tryAct(by, what, room, who.userId, reason));
}

/** Somebody's membership as `by` sees it. */
export const membershipOf = async (by: Session, room: string, who: Session): Promise<string> =>
  textAt(await getState(by, room, "m.room.member", who.userId), "membership");

/** Changes some keys of the power levels, the others stay. `users` is replaced whole. */
export async function setPower(by: Session, room: string, change: JsonRecord): Promise<void> {
  const now = await getState(by, room, "m.room.power_levels");
  await setState(by, room, "m.room.power_levels", { ...recordAt(now), ...change });
}

export const tryRedact = (
  by: Session,
  room: string,
  eventId: string,
  body: JsonRecord = {},
  transaction = nextTransaction(),
): Promise<Answer> => by.put(route`/rooms/${room}/redact/${eventId}/${transaction}`, body);
export async function redact(by: Session, room: string, eventId: string, reason?: string): Promise<string> {
  return textAt(ok(await tryRedact(by, room, eventId, reason === undefined ? {} : { reason })), "event_id");
}

export const tryGetEvent = (by: Session, room: string, eventId: string): Promise<Answer> => by.get(route`/rooms/${room}/event/${eventId}`);
export const getEvent = async (by: Session, room: string, eventId: string): Promise<Json> => ok(await tryGetEvent(by, room, eventId));

export const tryMessages = (by: Session, room: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  by.get(route`/rooms/${room}/messages`, { dir: "b", limit: "100", ...query });

export interface Walk {
  readonly dir?: "b" | "f";
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly filter?: JsonRecord;
}

/** Pages through the whole history that this person may see, in the direction asked for (backwards unless said). */
export async function history(by: Session, room: string, walk: Walk = {}): Promise<Json[]> {
  const found: Json[] = [];
  let from = walk.from;
  for (let page = 0; page < 100; page += 1) {
    const answer = ok(
      await tryMessages(by, room, {
        dir: walk.dir ?? "b",
        limit: String(walk.limit ?? 100),
        ...(from === undefined ? {} : { from }),
        ...(walk.to === undefined ? {} : { to: walk.to }),
        ...(walk.filter === undefined ? {} : { filter: JSON.stringify(walk.filter) }),
      }),
    );
    found.push(...listAt(answer, "chunk"));
    const end = recordAt(answer)["end"];
    if (typeof end !== "string" || end === from) return found;
    from = end;
  }
  throw new Error("the history has no end after 100 pages");
}

export const idsOf = (events: readonly Json[]): string[] => events.map((event) => textAt(event, "event_id"));
/** The texts of the messages among them; other events are left out. */
export const bodiesOf = (events: readonly Json[]): string[] =>
  events.flatMap((event) => {
    const body = recordAt(event, "content")["body"];
    return typeof body === "string" ? [body] : [];
  });

/** What this person sees of the room, oldest first, as texts. */
export const bodies = async (by: Session, room: string): Promise<string[]> => bodiesOf(await history(by, room)).toReversed();

/** `type|state_key` of each state event. */
export const stateKeysOf = (events: readonly Json[]): string[] =>
  events.map((event) => `${textAt(event, "type")}|${textAt(event, "state_key")}`);
