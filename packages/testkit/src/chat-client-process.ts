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
import {
  isSignedByOwner,
  openSealedFile,
  recover,
  type RecoveryKeeper,
  sendSealedFile,
  setUpRecovery,
  untilBackedUp,
} from "./chat-encryption.ts";
import { answerCommands } from "./answer-commands.ts";
import type { ChatCommands, RoomView, SeenEvent } from "./chat-protocol.ts";
import { listAt, type Json, recordAt, textAt } from "./json-value.ts";
import { createSpecValidator } from "./spec-validator.ts";

const validator = createSpecValidator(process.env["MATRIX_SPEC_DIR"]);
const violations: string[] = [];
const delivered = new Map<string, string[]>();
const counts = { logins: 0, initialSyncs: 0, loggedOut: false };
let client: MatrixClient | undefined;
const keeper: RecoveryKeeper = { key: undefined };

/** Unstable addresses that the SDK probes at its start; a server without them says 404. */
const probed = /^\/_matrix\/client\/unstable\//;

/** Answered with bytes, not with JSON. */
const fileAddress = /^\/_matrix\/client\/v1\/media\/(?:download|thumbnail)\//;

const watchedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const address = new URL(input instanceof Request ? input.url : input);
  if (response.ok && fileAddress.test(address.pathname)) return response;
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
  async start({ url, name, password, register, encrypted = false }) {
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
      cryptoCallbacks: {
        getSecretStorageKey({ keys }) {
          const [id] = Object.keys(keys);
          return Promise.resolve(id === undefined || keeper.key === undefined ? null : [id, keeper.key]);
        },
      },
    });
    client = started;
    if (encrypted) await started.initRustCrypto({ useIndexedDB: false });
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
    await started.startClient({
      initialSyncLimit: 20,
      lazyLoadMembers: true,
      threadSupport: encrypted,
      pendingEventOrdering: PendingEventOrdering.Detached,
    });
    await synced;
    return { userId: session.user_id, deviceId: session.device_id };
  },
  async createRoom({ name, invite, encrypted = false }) {
    const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
    const input = { name, invite: [...invite], preset: Preset.PrivateChat, initial_state: encrypted ? [encryption] : [] };
    return (await running().createRoom(input)).room_id;
  },
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
  sendInThread: async (roomId, root, body) => (await running().sendMessage(roomId, root, { msgtype: MsgType.Text, body })).event_id,
  sendFile: (roomId, name, text) => sendSealedFile(running(), roomId, name, text),
  openFile: (roomId, eventId) => openSealedFile(running(), roomId, eventId),
  thread: (roomId, root) =>
    Promise.resolve(
      (running().getRoom(roomId)?.getThread(root)?.events ?? []).map((event) => {
        const { body } = event.getContent();
        return typeof body === "string" ? body : "";
      }),
    ),
  async scrollBack(roomId, limit) {
    const room = running().getRoom(roomId);
    if (room !== null) await running().scrollback(room, limit);
  },
  setUpRecovery: (user, password) => setUpRecovery(running(), keeper, user, password),
  backUp: () => untilBackedUp(running()),
  recover: (recoveryKey) => recover(running(), keeper, recoveryKey),
  isSignedByOwner: (userId, deviceId) => isSignedByOwner(running(), userId, deviceId),
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
    encrypted: event.isEncrypted(),
    unreadable: event.isDecryptionFailure(),
    thread: event.threadRootId,
    reactions: Object.fromEntries(annotations.map(([key, events]) => [key, events.size])),
  };
}

answerCommands(commands);
