// One matrix-js-sdk client in a process of its own, driven over the IPC channel.
import {
  ClientEvent,
  createClient,
  type EmptyObject,
  EventType,
  HttpApiEvent,
  type MatrixClient,
  type MatrixEvent,
  MsgType,
  PendingEventOrdering,
  Preset,
  RelationType,
  type Room,
  SyncState,
} from "matrix-js-sdk";
import type { ChatCommands, CommandMessage, ReplyMessage, RoomView, SeenEvent } from "./chat-protocol.ts";
import { listAt, type Json, recordAt, textAt } from "./json-value.ts";
import { createSpecValidator } from "./spec-validator.ts";

const validator = createSpecValidator(process.env["MATRIX_SPEC_DIR"]);
const violations: string[] = [];
const delivered = new Map<string, string[]>();
const counts = { logins: 0, initialSyncs: 0, loggedOut: false };
let client: MatrixClient | undefined;

/** Unstable addresses that the SDK probes at its start; a server without them says 404. */
const probed = /^\/_matrix\/client\/unstable\//;

const watchedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const address = new URL(input instanceof Request ? input.url : input);
  const text = await response.clone().text();
  let body: Json | undefined;
  try {
    // JSON.parse gives any; JSON is what it parses.
    body = JSON.parse(text) as Json;
  } catch {
    violations.push(`${address.pathname}: not JSON`);
  }
  try {
    const isProbe = probed.test(address.pathname) && response.status === 404;
    if (!isProbe && init?.method !== "OPTIONS")
      validator.check({ method: init?.method ?? "GET", path: address.pathname, status: response.status, body });
  } catch (error) {
    violations.push(error instanceof Error ? error.message : "?");
  }
  if (address.pathname.endsWith("/sync") && response.ok) recordDelivery(address, body);
  return response;
};

function recordDelivery(address: URL, body: Json | undefined): void {
  if (!address.searchParams.has("since")) counts.initialSyncs += 1;
  for (const section of ["join", "leave"]) {
    for (const [roomId, room] of Object.entries(recordAt(body, "rooms", section))) {
      const ids = delivered.get(roomId) ?? [];
      ids.push(...listAt(room, "timeline", "events").map((event) => textAt(event, "event_id")));
      delivered.set(roomId, ids);
    }
  }
}

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => silent };

function running(): MatrixClient {
  if (client === undefined) throw new Error("the client has not been started");
  return client;
}

const done = (wait: Promise<EmptyObject | Room>): Promise<void> => wait.then(() => undefined);

const commands: ChatCommands = {
  async start({ url, name, password, register }) {
    const guest = createClient({ baseUrl: url, fetchFn: watchedFetch, logger: silent });
    counts.logins += 1;
    const session = register
      ? await guest.registerRequest({ username: name, password, auth: { type: "m.login.dummy" } })
      : await guest.loginRequest({ type: "m.login.password", identifier: { type: "m.id.user", user: name }, password });
    if (session.access_token === undefined || session.device_id === undefined) throw new Error("no session in the answer");
    const started = createClient({
      baseUrl: url,
      userId: session.user_id,
      accessToken: session.access_token,
      deviceId: session.device_id,
      fetchFn: watchedFetch,
      logger: silent,
      timelineSupport: true,
    });
    client = started;
    started.on(HttpApiEvent.SessionLoggedOut, () => {
      counts.loggedOut = true;
    });
    const synced = new Promise<void>((resolve) => {
      started.on(ClientEvent.Sync, (state) => {
        if (state === SyncState.Syncing) resolve();
      });
    });
    // Detached: the timeline then holds only what the server sent, in the server's order. In the other mode an own message stays where
    // it was when it was typed, before others' words that the server put first.
    await started.startClient({ initialSyncLimit: 20, lazyLoadMembers: true, pendingEventOrdering: PendingEventOrdering.Detached });
    await synced;
    return { userId: session.user_id };
  },
  createRoom: async ({ name, invite }) => (await running().createRoom({ name, invite: [...invite], preset: Preset.PrivateChat })).room_id,
  join: (roomId) => done(running().joinRoom(roomId)),
  invite: (roomId, userId) => done(running().invite(roomId, userId)),
  leave: (roomId) => done(running().leave(roomId)),
  kick: (roomId, userId) => done(running().kick(roomId, userId)),
  ban: (roomId, userId) => done(running().ban(roomId, userId)),
  unban: (roomId, userId) => done(running().unban(roomId, userId)),
  async send(roomId, body) {
    try {
      return (await running().sendMessage(roomId, { msgtype: MsgType.Text, body })).event_id;
    } catch (error) {
      // The SDK sends nothing more in a room until what failed was taken back.
      for (const failed of running().getRoom(roomId)?.getPendingEvents() ?? []) running().cancelPendingEvent(failed);
      throw error;
    }
  },
  async edit(roomId, eventId, body) {
    const content = {
      msgtype: MsgType.Text as const,
      body: `* ${body}`,
      "m.new_content": { msgtype: MsgType.Text as const, body },
      "m.relates_to": { rel_type: RelationType.Replace as const, event_id: eventId },
    };
    return (await running().sendMessage(roomId, content)).event_id;
  },
  react: async (roomId, eventId, key) =>
    (
      await running().sendEvent(roomId, EventType.Reaction, {
        "m.relates_to": { rel_type: RelationType.Annotation, event_id: eventId, key },
      })
    ).event_id,
  redact: async (roomId, eventId) => (await running().redactEvent(roomId, eventId)).event_id,
  view: (roomId) => Promise.resolve(viewOf(roomId)),
  health: () =>
    Promise.resolve({
      syncState: running().getSyncState(),
      violations,
      loggedOut: counts.loggedOut,
      logins: counts.logins,
      initialSyncs: counts.initialSyncs,
    }),
};

function viewOf(roomId: string): RoomView {
  const room = running().getRoom(roomId);
  if (room === null) return { membership: "none", events: [], pending: 0, delivered: [] };
  const events = room
    .getLiveTimeline()
    .getEvents()
    .map((event) => describe(room, event));
  return {
    membership: room.getMyMembership(),
    events,
    pending: room.getPendingEvents().length,
    delivered: delivered.get(roomId) ?? [],
  };
}

function describe(room: Room, event: MatrixEvent): SeenEvent {
  const id = event.getId() ?? "";
  const content = event.getContent();
  const annotations =
    room.relations.getChildEventsForEvent(id, RelationType.Annotation, EventType.Reaction)?.getSortedAnnotationsByKey() ?? [];
  return {
    id,
    type: event.getType(),
    sender: event.getSender() ?? "",
    stateKey: event.getStateKey(),
    body: typeof content["body"] === "string" ? content["body"] : "",
    membership: typeof content["membership"] === "string" ? content["membership"] : "",
    redacted: event.isRedacted(),
    reactions: Object.fromEntries(annotations.map(([key, events]) => [key, events.size])),
  };
}

async function obey(message: CommandMessage): Promise<ReplyMessage> {
  try {
    if (!Object.hasOwn(commands, message.name)) throw new Error(`no command ${message.name}`);
    // Both ends are typed by ChatCommands; the channel between them carries plain values.
    const command = commands[message.name as keyof ChatCommands] as (...args: readonly unknown[]) => Promise<unknown>;
    return { id: message.id, ok: true, value: await command(...message.args) };
  } catch (error) {
    return { id: message.id, ok: false, error: error instanceof Error ? error.message : "failed" };
  }
}

process.on("message", (message: CommandMessage) => {
  void obey(message).then((reply) => process.send?.(reply));
});
// The test that drove this client is gone, by whatever end.
process.on("disconnect", () => process.exit(0));
