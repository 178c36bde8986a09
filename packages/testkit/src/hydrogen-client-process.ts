// One client of hydrogen-view-sdk in a process of its own: an implementation of the protocol that shares nothing with matrix-js-sdk, and
// that knows the addresses under r0 only. It is made for browsers; what it needs of one stands here.
import "fake-indexeddb/auto";
import type { Client, Timeline } from "hydrogen-view-sdk";
import { answerCommands } from "./answer-commands.ts";
import type { HydrogenCommands, HydrogenView } from "./hydrogen-protocol.ts";

const nothing = (): void => {};
const element = () => ({ setAttribute: nothing, appendChild: nothing, addEventListener: nothing, style: {} });
const items = new Map<string, string>();

Object.assign(globalThis, {
  window: globalThis,
  addEventListener: nothing,
  removeEventListener: nothing,
  document: { location: { hash: "" }, createElement: element, documentElement: { style: {} }, addEventListener: nothing },
  localStorage: {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    key: (index: number) => [...items.keys()][index] ?? null,
    get length() {
      return items.size;
    },
  },
});

const paths = new Set<string>();
const fetchOfNode = globalThis.fetch;
/** Options of browsers that Node refuses are left out. */
globalThis.fetch = (input, { method = "GET", headers, body, signal } = {}) => {
  paths.add(`${method} ${new URL(input instanceof Request ? input.url : input).pathname}`);
  return fetchOfNode(input, { method, ...(headers === undefined ? {} : { headers }), body: body ?? null, signal: signal ?? null });
};

// Looked up only now: at its loading the package looks for the window.
const { Client: HydrogenClient, LoadStatus, Platform, RoomType } = await import("hydrogen-view-sdk");

let client: Client | undefined;
const timelines = new Map<string, Timeline>();

function running(): Client {
  if (client === undefined) throw new Error("the client has not been started");
  return client;
}

function roomOf(roomId: string) {
  const room = running().session.rooms.get(roomId);
  if (room === undefined) throw new Error(`the client has no room ${roomId}`);
  return room;
}

const commands: HydrogenCommands = {
  async start({ url, name, password }) {
    const platform = new Platform({ container: element(), assetPaths: {}, config: {} });
    // The service worker of the browser, told of new tokens; there is none here.
    Object.defineProperty(platform, "updateService", { value: { updateAuthData: nothing } });
    const started = new HydrogenClient(platform);
    const { password: byPassword } = await started.queryLogin(url).result;
    if (byPassword === undefined) throw new Error("the server offers no sign-in by password");
    await started.startWithLogin(byPassword(name, password));
    if (started.loadStatus.get() !== LoadStatus.Ready) throw started.loadError ?? new Error(started.loadStatus.get());
    client = started;
    return { userId: started.session.user.id };
  },
  async createRoom({ name, invite }) {
    const { roomId, error } = await running().session.createRoom({ type: RoomType.Private, isEncrypted: false, name, invites: invite });
    if (roomId === undefined) throw error ?? new Error("no room was made");
    return roomId;
  },
  async accept(roomId) {
    const invite = running().session.invites.get(roomId);
    if (invite === undefined) throw new Error(`the client has no invite to ${roomId}`);
    await invite.accept();
  },
  // What these resolve to is the SDK's own and not for the channel.
  async leave(roomId) {
    await roomOf(roomId).leave();
  },
  async send(roomId, body) {
    await roomOf(roomId).sendEvent("m.room.message", { msgtype: "m.text", body });
  },
  async react(roomId, eventId, key) {
    await roomOf(roomId).sendEvent("m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: eventId, key } });
  },
  async redact(roomId, eventId) {
    await roomOf(roomId).sendRedaction(eventId, null);
  },
  async view(roomId): Promise<HydrogenView> {
    const { session } = running();
    const room = session.rooms.get(roomId);
    if (room === undefined) return { membership: session.invites.get(roomId) === undefined ? "none" : "invite", events: [] };
    const timeline = timelines.get(roomId) ?? (await room.openTimeline());
    if (!timelines.has(roomId))
      timeline.entries.subscribe({ onAdd: nothing, onUpdate: nothing, onRemove: nothing, onMove: nothing, onReset: nothing });
    timelines.set(roomId, timeline);
    const events = [...timeline.entries]
      .filter(({ id, eventType, isPending }) => id !== undefined && eventType !== undefined && isPending !== true)
      .map(({ id = "", eventType = "", sender = "", content, isRedacted = false, annotations }) => ({
        id,
        type: eventType,
        sender,
        body: content?.body ?? "",
        redacted: isRedacted,
        reactions: Object.fromEntries(Object.entries(annotations ?? {}).map(([key, { count }]) => [key, count])),
      }));
    return { membership: "join", events };
  },
  paths: () => Promise.resolve([...paths]),
};

answerCommands(commands);
