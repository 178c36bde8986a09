import { MatrixError } from "#kernel";
import { type EventLoader, versionOf } from "./load-events.ts";
import { countMember, createDurableRoom, createRoomInMemory, membershipIn, type Room } from "./room.ts";
import type { RelationStore } from "./relation-store.ts";
import { RoomState } from "./room-state.ts";
import type { RoomStore } from "./room-store.ts";
import type { StateStore } from "./state-store.ts";

/** Rooms in memory, the least recently used leave first. */
export interface RoomCache {
  /** @throws MatrixError M_FORBIDDEN: whether a room exists is told to those who are in it */
  get(roomId: string): Promise<Room>;
  find(roomId: string): Promise<Room | undefined>;
  /** The room if it is in memory. */
  peek(roomId: string): Room | undefined;
  /** Takes in a room that was just created. */
  add(room: Room): void;
  /** Forgets what was decided and read; the next use loads it from the store, after everything in flight has settled. */
  drop(room: Room): void;
  /** The same for a room that may be in memory, or on its way there. */
  forget(roomId: string): Promise<void>;
  /** One more batch in flight; call the result when it has settled. */
  track(room: Room): () => void;
}

const MOST_ROOMS = 5000;
/** Of all rooms' state and newest events together, sealed size; opened and with their client texts they take about three times that. */
const MOST_BYTES = 256 * 1024 * 1024;

interface CacheDeps {
  readonly roomStore: RoomStore;
  readonly states: StateStore;
  readonly relations: RelationStore;
}

export function createRoomCache(stores: CacheDeps, loader: EventLoader): RoomCache {
  const residents = createResidents();
  const loading = new Map<string, Promise<Room | undefined>>();
  const draining = createDraining();

  const load = async (roomId: string): Promise<Room | undefined> => {
    await draining.settled(roomId);
    const room = await loadRoom(stores, loader, roomId);
    if (room !== undefined) residents.add(room);
    return room;
  };
  const find = (roomId: string): Promise<Room | undefined> => {
    const known = residents.touch(roomId);
    if (known !== undefined) return Promise.resolve(known);
    const running = loading.get(roomId);
    if (running !== undefined) return running;
    const started = load(roomId).finally(() => loading.delete(roomId));
    loading.set(roomId, started);
    return started;
  };
  const drop = (room: Room): void => {
    room.isVoid = true;
    residents.remove(room);
    draining.begin(room);
  };
  return {
    find,
    drop,
    async forget(roomId) {
      const room = residents.peek(roomId) ?? (await loading.get(roomId));
      if (room !== undefined) drop(room);
    },
    async get(roomId) {
      const room = await find(roomId);
      if (room === undefined) throw new MatrixError("M_FORBIDDEN", "You are not in this room.");
      return room;
    },
    peek: (roomId) => residents.peek(roomId),
    add: (room) => residents.add(room),
    track(room) {
      room.inFlight += 1;
      return () => {
        room.inFlight -= 1;
        residents.weigh(room);
        if (room.inFlight === 0) draining.end(room);
      };
    },
  };
}

/** Rooms in memory in order of use, and what they weigh. */
function createResidents() {
  const rooms = new Map<string, Room>();
  const weights = new Map<string, number>();
  let bytes = 0;
  const setWeight = (roomId: string, weight: number): void => {
    bytes += weight - (weights.get(roomId) ?? 0);
    weights.set(roomId, weight);
  };
  const remove = (room: Room): void => {
    if (rooms.get(room.roomId) !== room) return;
    rooms.delete(room.roomId);
    setWeight(room.roomId, 0);
    weights.delete(room.roomId);
  };
  const weigh = (room: Room): void => {
    if (rooms.get(room.roomId) !== room) return;
    setWeight(room.roomId, room.durable.state.bytes + room.durable.recentBytes);
    // See `dropOldest`: at each commit.
    if (rooms.size <= MOST_ROOMS && bytes <= MOST_BYTES) return;
    for (const oldest of rooms.values()) {
      if (rooms.size <= MOST_ROOMS && bytes <= MOST_BYTES) break;
      if (oldest.inFlight > 0 || oldest === room) continue;
      // A lane may hold it while it waits for a key: what it then submits must fail, for another copy may be loaded.
      oldest.isVoid = true;
      remove(oldest);
    }
  };
  return {
    remove,
    weigh,
    peek: (roomId: string): Room | undefined => rooms.get(roomId),
    touch(roomId: string): Room | undefined {
      const room = rooms.get(roomId);
      if (room === undefined) return undefined;
      rooms.delete(roomId);
      rooms.set(roomId, room);
      return room;
    },
    add(room: Room): void {
      rooms.set(room.roomId, room);
      weigh(room);
    },
  };
}

/** Rooms that were dropped with batches in flight: they are not loaded again before those have settled. */
function createDraining() {
  const waits = new Map<string, { readonly room: Room; readonly settled: Promise<void>; readonly settle: () => void }>();
  return {
    settled: (roomId: string): Promise<void> | undefined => waits.get(roomId)?.settled,
    begin(room: Room): void {
      if (room.inFlight === 0 || waits.has(room.roomId)) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      waits.set(room.roomId, { room, settled: promise, settle: resolve });
    },
    end(room: Room): void {
      const wait = waits.get(room.roomId);
      if (wait?.room !== room) return;
      waits.delete(room.roomId);
      wait.settle();
    },
  };
}

async function loadRoom({ roomStore, states, relations }: CacheDeps, loader: EventLoader, roomId: string): Promise<Room | undefined> {
  const row = await roomStore.findRoom(roomId);
  if (row === undefined) return undefined;
  const version = versionOf(row.version);
  const state = await loader.openState(await states.listState(roomId, 0, row.position), version);
  const durable = createDurableRoom(row.position, state.at(-1)?.position ?? 0);
  durable.lastRelation = await relations.lastRelation(roomId);
  const decided = { eventId: row.head, depth: row.depth, state: new RoomState() };
  for (const event of state) {
    durable.state.put(event);
    decided.state.put(event);
    if (event.type === "m.room.member" && event.stateKey !== undefined) countMember(durable, event.stateKey, membershipIn(event));
  }
  return createRoomInMemory({ roomId, version, epoch: row.epoch, decided, durable });
}
