import { createMemo } from "#kernel";
import type { OwnMembership } from "./contract.ts";
import type { KnownRooms, RoomFacts, SpaceChild } from "./directory-contract.ts";
import { versionOf } from "./load-events.ts";
import { factsOf } from "./room-facts.ts";
import { RoomState } from "./room-state.ts";
import type { RoomsContext } from "./rooms-context.ts";
import { childrenOf, MOST_CHILDREN } from "./space-children.ts";

/** What is told of rooms to people who are not in them, and the one place that decides whom. */
export interface KnownRoomsParts {
  readonly known: KnownRooms;
  /** What was read of the room is so no longer. */
  readonly drop: (roomId: string) => void;
}

type Parts = Pick<RoomsContext, "cache" | "loader" | "memberships" | "memberStore" | "published" | "roomStore" | "states"> & {
  readonly onChange: KnownRooms["onChange"];
};

const MOST_FACTS = 10_000;
const MOST_SPACES = 200;

/** Rooms in memory are asked there; of others only the few rows that matter are read, not ten thousand members. */
export function createKnownRooms(parts: Parts): KnownRoomsParts {
  const { cache, memberships, published } = parts;
  const facts = createMemo<RoomFacts | undefined>((roomId) => readFacts(parts, roomId), { entries: MOST_FACTS });
  const spaces = createMemo<readonly SpaceChild[]>((roomId) => readChildren(parts, roomId), { entries: MOST_SPACES });
  const factsAt = async (roomId: string): Promise<RoomFacts | undefined> => {
    const room = cache.peek(roomId);
    if (room === undefined) return facts.get(roomId);
    return factsOf(room.durable.state, { roomId, version: room.version.id, joined: room.durable.joined.size });
  };
  const childrenAt = async ({ roomId, roomType }: RoomFacts): Promise<readonly SpaceChild[]> => {
    if (roomType !== "m.space") return [];
    const room = cache.peek(roomId);
    return room === undefined ? spaces.get(roomId) : childrenOf(room.durable.state.ofType("m.space.child"));
  };
  return {
    known: {
      async find({ userId }, roomId) {
        const found = await factsAt(roomId);
        if (found === undefined) return undefined;
        const own = await memberships.of(userId);
        if (!mayKnow(found, own)) return undefined;
        const membership = own.get(roomId)?.membership;
        const readsState = membership === "join" || found.isWorldReadable;
        return { facts: readsState ? found : withoutPrivateIds(found, own, published.ids), membership, children: () => childrenAt(found) };
      },
      published: () => published.ids,
      findPublished: async (roomId) => (published.ids.has(roomId) ? factsAt(roomId) : undefined),
      onChange: parts.onChange,
    },
    drop(roomId) {
      facts.drop(roomId);
      spaces.drop(roomId);
    },
  };
}

/**
 * Who may know of a room: its members, those on their way in, and whoever could enter, ask to, or read it ("Room summary",
 * "Spaces"). Those who were put out know no more of it than the world does.
 */
function mayKnow(facts: RoomFacts, own: ReadonlyMap<string, OwnMembership>): boolean {
  if (facts.isWorldReadable) return true;
  const membership = own.get(facts.roomId)?.membership;
  if (membership === "ban") return false;
  if (membership === "join" || membership === "invite" || membership === "knock") return true;
  if (facts.joinRule === "restricted") return facts.allowedRooms.some((roomId) => own.get(roomId)?.membership === "join");
  return facts.joinRule === "public" || facts.joinRule === "knock" || facts.joinRule === "knock_restricted";
}

/** `@NOTSPEC` Of the rooms whose members may join, only those that this person may know: the ids of private rooms are no stranger's business. */
function withoutPrivateIds(facts: RoomFacts, own: ReadonlyMap<string, OwnMembership>, published: ReadonlySet<string>): RoomFacts {
  if (facts.allowedRooms.length === 0) return facts;
  return { ...facts, allowedRooms: facts.allowedRooms.filter((roomId) => own.has(roomId) || published.has(roomId)) };
}

async function readFacts({ roomStore, states, memberStore, loader }: Parts, roomId: string): Promise<RoomFacts | undefined> {
  const row = await roomStore.findRoom(roomId);
  if (row === undefined) return undefined;
  const state = new RoomState();
  for (const event of await loader.openState(await states.listSummary(roomId), versionOf(row.version))) state.put(event);
  return factsOf(state, { roomId, version: row.version, joined: await memberStore.countJoined(roomId) });
}

async function readChildren({ roomStore, states, loader }: Parts, roomId: string): Promise<readonly SpaceChild[]> {
  const row = await roomStore.findRoom(roomId);
  if (row === undefined) return [];
  return childrenOf(await loader.openState(await states.listChildren(roomId, MOST_CHILDREN), versionOf(row.version)));
}
