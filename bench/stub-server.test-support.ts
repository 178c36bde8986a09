// A small Matrix server in memory that can also misbehave, so that the gates are seen to refuse.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Json, parseJson, textAt } from "./json-reading.ts";

export type Misdeed =
  | "lose"
  | "duplicate"
  | "reorder"
  | "store-twice"
  | "alter"
  | "limit-sends"
  | "lose-delivery"
  | "duplicate-delivery"
  | "reorder-delivery"
  | "gap"
  | "forget-member";

type StubEvent = { event_id: string; type: string; sender: string; content: Json };

export type StubSettings = {
  /** What it does to one message in seven, or to every answer of its kind. */
  misdeed?: Misdeed;
  /** After so many sends, nothing is answered for so long. */
  pause?: { afterSends: number; milliseconds: number };
  /** Answers to sends are chunked, and the connection closes after each: both legal. */
  awkward?: boolean;
  /** Registration is closed, these accounts exist. */
  accounts?: Map<string, string>;
  /** Registration asks for this token. */
  registrationToken?: string;
};

export type StubServer = { url: string; rooms: Map<string, StubEvent[]>; close(): Promise<void> };

/** One message in so many is treated badly. */
const EVERY = 7;

type Request = { method: string; path: string[]; query: URLSearchParams; token: string; body: Json | undefined };
type Reply = { status: number; json: Json };

const refuse = (status: number, errcode: string): Reply => ({ status, json: { errcode, error: errcode } });

async function readRequest(request: IncomingMessage): Promise<Request> {
  const url = new URL(request.url ?? "/", "http://stub");
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += String(part);
  return {
    method: request.method ?? "",
    path: url.pathname.split("/").slice(4).map(decodeURIComponent),
    query: url.searchParams,
    token: (request.headers.authorization ?? "").replace("Bearer ", ""),
    body: parseJson(text),
  };
}

function createAccounts({ accounts, registrationToken }: StubSettings) {
  const users = new Map<string, string>();
  const grant = (user: string): Reply => {
    const token = `token-${user}`;
    users.set(token, user);
    return { status: 200, json: { user_id: `@${user}:stub`, access_token: token, device_id: "STUB" } };
  };
  const stages = registrationToken === undefined ? ["m.login.dummy"] : ["m.login.registration_token", "m.login.dummy"];
  const passed = new Map<string, string[]>();
  return {
    has: (token: string) => users.has(token),
    register(body: Json | undefined): Reply {
      if (accounts !== undefined) return refuse(403, "M_FORBIDDEN");
      const user = textAt(body, "username") ?? "";
      const type = textAt(body, "auth", "type");
      const done = passed.get(user) ?? [];
      const isRight = type !== "m.login.registration_token" || textAt(body, "auth", "token") === registrationToken;
      if (type !== undefined && isRight && textAt(body, "auth", "session") === `session-${user}`) done.push(type);
      passed.set(user, done);
      if (stages.every((stage) => done.includes(stage))) return grant(user);
      return { status: 401, json: { session: `session-${user}`, flows: [{ stages: ["m.login.sso"] }, { stages }], completed: done } };
    },
    logIn(body: Json | undefined): Reply {
      const user = textAt(body, "identifier", "user") ?? "";
      return accounts?.get(user) === textAt(body, "password") ? grant(user) : refuse(403, "M_FORBIDDEN");
    },
  };
}

/** Rooms, and the log of all of them that syncs follow; puts an event as the misdeed demands. */
function createStore(misdeed: Misdeed | undefined) {
  const rooms = new Map<string, StubEvent[]>();
  const log: { roomId: string; event: StubEvent }[] = [];
  let count = 0;
  let held: StubEvent | undefined;
  const put = (roomId: string, ...events: StubEvent[]): void => {
    const room = rooms.get(roomId) ?? [];
    rooms.set(roomId, room);
    room.push(...events);
    log.push(...events.map((event) => ({ roomId, event })));
  };
  const spoil: Partial<Record<Misdeed, (roomId: string, event: StubEvent) => void>> = {
    lose() {},
    reorder(_, event) {
      held = event;
    },
    duplicate: (roomId, event) => put(roomId, event, event),
    "store-twice": (roomId, event) => put(roomId, event, { ...event, event_id: `${event.event_id}-again` }),
    alter: (roomId, event) => put(roomId, { ...event, content: { msgtype: "m.text", body: `0000-${"9".repeat(10)} forged` } }),
  };
  return {
    rooms,
    log,
    add(roomId: string, event: StubEvent): void {
      const isChosen = event.type === "m.room.message" && (count += 1) % EVERY === 0;
      const spoiled = isChosen && misdeed !== undefined ? spoil[misdeed] : undefined;
      if (spoiled !== undefined) return spoiled(roomId, event);
      put(roomId, event, ...(held === undefined ? [] : [held]));
      held = undefined;
    },
  };
}

/** What a syncer is shown of the new events. */
function spoilDelivery(events: StubEvent[], misdeed: Misdeed | undefined): StubEvent[] {
  const isChosen = (event: StubEvent): boolean => Number(event.event_id.replace(/\D/g, "")) % EVERY === 0;
  if (misdeed === "lose-delivery") return events.filter((event) => !isChosen(event));
  if (misdeed === "duplicate-delivery") return events.flatMap((event) => (isChosen(event) ? [event, event] : [event]));
  if (misdeed === "reorder-delivery") return events.toReversed();
  return events;
}

const PAGE = 25;

/** Starts it on loopback, on a port of the system's choice. */
export async function startStubServer(settings: StubSettings = {}): Promise<StubServer> {
  const accounts = createAccounts(settings);
  const store = createStore(settings.misdeed);
  const known = new Map<string, string>();
  const waiting = new Set<() => void>();
  let lastId = 0;

  function append(roomId: string, type: string, content: Json, sender: string): string {
    lastId += 1;
    const eventId = `$event${lastId}`;
    store.add(roomId, { event_id: eventId, type, sender, content });
    for (const wake of waiting) wake();
    return eventId;
  }

  function send({ path, token, body }: Request): Reply {
    const [, roomId = "", , type = "", txn = ""] = path;
    if (settings.misdeed === "limit-sends") return refuse(429, "M_LIMIT_EXCEEDED");
    const key = `${token} ${roomId} ${txn}`;
    const eventId = known.get(key) ?? append(roomId, type, body ?? {}, token);
    known.set(key, eventId);
    return { status: 200, json: { event_id: eventId } };
  }

  function page({ path, query }: Request): Reply {
    const events = store.rooms.get(path[1] ?? "") ?? [];
    const end = Number(query.get("from") ?? events.length);
    const begin = Math.max(0, end - PAGE);
    const chunk = events.slice(begin, end).toReversed();
    return { status: 200, json: { start: String(end), chunk, ...(begin === 0 ? {} : { end: String(begin) }) } };
  }

  const answerSync = (since: number): Reply => {
    const join: Record<string, Json> = {};
    for (const [roomId, entries] of Map.groupBy(store.log.slice(since), (entry) => entry.roomId)) {
      const events = spoilDelivery(
        entries.map(({ event }) => event),
        settings.misdeed,
      );
      // Whoever made the room is in it too, and a server that forgets somebody is found out.
      const members = 1 + (store.rooms.get(roomId) ?? []).filter(({ type }) => type === "m.room.member").length;
      const summary = { "m.joined_member_count": settings.misdeed === "forget-member" ? members - 1 : members };
      join[roomId] = { timeline: { events, limited: settings.misdeed === "gap" }, summary };
    }
    return { status: 200, json: { next_batch: String(store.log.length), rooms: { join } } };
  };

  async function sync({ query }: Request): Promise<Reply> {
    const since = Number(query.get("since") ?? 0);
    if (query.has("since") && store.log.length <= since) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      await promise;
      waiting.delete(resolve);
      if (settings.misdeed === "reorder-delivery") await new Promise((wake) => setTimeout(wake, 30));
    }
    return answerSync(since);
  }

  function answer(request: Request): Reply | Promise<Reply> {
    const [first, roomId = "", action] = request.path;
    if (first === "register") return accounts.register(request.body);
    if (first === "login") return accounts.logIn(request.body);
    if (!accounts.has(request.token)) return refuse(401, "M_UNKNOWN_TOKEN");
    if (first === "createRoom") {
      const created = `!room${store.rooms.size}:stub`;
      append(created, "m.room.create", {}, request.token);
      return { status: 200, json: { room_id: created } };
    }
    if (first === "sync") return sync(request);
    if (action === "join") append(roomId, "m.room.member", { membership: "join" }, request.token);
    if (action === "join") return { status: 200, json: { room_id: roomId } };
    if (action === "send") return send(request);
    return action === "messages" ? page(request) : refuse(404, "M_UNRECOGNIZED");
  }

  let sends = 0;
  let resumed = Promise.resolve();

  async function waitOutPause({ path }: Request): Promise<void> {
    if (path[2] === "send" && (sends += 1) === settings.pause?.afterSends)
      resumed = new Promise((resolve) => setTimeout(resolve, settings.pause?.milliseconds));
    await resumed;
  }

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    await waitOutPause(request);
    const { status, json } = await answer(request);
    const text = JSON.stringify(json);
    const isAwkward = settings.awkward === true && request.path[2] === "send";
    outgoing.writeHead(status, {
      "content-type": "application/json",
      ...(isAwkward ? { connection: "close" } : { "content-length": Buffer.byteLength(text) }),
    });
    if (isAwkward) outgoing.write(text.slice(0, 5));
    outgoing.end(isAwkward ? text.slice(5) : text);
  }

  const server = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  // A server listening on a TCP port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    rooms: store.rooms,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
