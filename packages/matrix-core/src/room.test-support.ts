import assert from "node:assert/strict";
import { authEventKeys, authorise, roomIdOfCreate } from "./index.ts";
import type { JsonObject, Membership, Pdu, RoomVersion, StateEvent, StateView, Verdict } from "./index.ts";

export const alice = "@alice:example.org";
export const bob = "@bob:example.org";
export const carol = "@carol:example.org";
export const dave = "@dave:example.org";
export const stranger = "@mallory:elsewhere.example";

interface Sent {
  readonly type: string;
  readonly sender: string;
  readonly content?: JsonObject;
  readonly state_key?: string;
  readonly room_id?: string;
  readonly prev_events?: readonly string[];
  /** Where absent, what the selection algorithm gives for the current state. */
  readonly auth_events?: readonly string[];
}

export interface TestRoom {
  readonly version: RoomVersion;
  readonly createId: string;
  readonly state: StateView;
  /** Puts an event into the state unasked, to set a scene. */
  put(type: string, stateKey: string, sender: string, content: JsonObject): StateEvent;
  member(userId: string, membership: Membership): void;
  event(sent: Sent): Pdu;
  judge(sent: Sent): Verdict;
}

/** An event id of the right form that tells its number. */
export const eventIdNumber = (number: number): string => `$${String(number).padStart(43, "e")}`;

const unknownHash = { sha256: "A".repeat(43) };

/**
 * A room of which alice is creator and member. Nothing else is in its state: no power levels, no join rules.
 */
export const makeRoom = (version: RoomVersion, createContent: JsonObject = {}): TestRoom => {
  const events = new Map<string, StateEvent>();
  const createId = eventIdNumber(0);
  const roomId = version.roomIdIsCreateHash ? roomIdOfCreate(createId) : "!room:example.org";
  const state: StateView = { get: (type, stateKey) => events.get(JSON.stringify([type, stateKey])) };

  let placedSoFar = 0;
  const put: TestRoom["put"] = (type, stateKey, sender, content) => {
    const created = type === "m.room.create";
    placedSoFar += 1;
    const eventId = created ? createId : eventIdNumber(placedSoFar);
    const noRoom = created && version.roomIdIsCreateHash;
    const pdu: Pdu = {
      ...(noRoom ? {} : { room_id: roomId }),
      type,
      sender,
      content,
      state_key: stateKey,
      origin_server_ts: 1,
      depth: 1,
      prev_events: [],
      auth_events: [],
      hashes: unknownHash,
    };
    const placed = { eventId, pdu };
    events.set(JSON.stringify([type, stateKey]), placed);
    return placed;
  };

  const event: TestRoom["event"] = (sent) => {
    const content = sent.content ?? {};
    const selected = authEventKeys({ ...sent, content }, version).map(([type, stateKey]) => state.get(type, stateKey)?.eventId);
    return {
      room_id: roomId,
      prev_events: [eventIdNumber(999)],
      auth_events: selected.filter((eventId) => eventId !== undefined),
      origin_server_ts: 2,
      depth: 2,
      hashes: unknownHash,
      ...sent,
      content,
    };
  };

  const creator = version.id === "10" ? { creator: alice } : {};
  put("m.room.create", "", alice, { room_version: version.id, ...creator, ...createContent });
  const member = (userId: string, membership: Membership): void => {
    put("m.room.member", userId, userId, { membership });
  };
  member(alice, "join");
  return { version, createId, state, put, member, event, judge: (sent) => authorise(event(sent), state, version) };
};

/** With power levels: carol is a moderator with 50; alice has 100 where the version lists creators. */
export const makeRoomWithPowers = (version: RoomVersion, powers: JsonObject = {}, createContent: JsonObject = {}): TestRoom => {
  const room = makeRoom(version, createContent);
  const creators = version.creatorsRule ? {} : { [alice]: 100 };
  room.put("m.room.power_levels", "", alice, { users: { ...creators, [carol]: 50 }, ...powers });
  room.member(bob, "join");
  room.member(carol, "join");
  return room;
};

export const assertAllowed = (verdict: Verdict): void => assert.deepEqual(verdict, { allowed: true });

/** `rule` without its version. */
export const assertRefused = (room: TestRoom, verdict: Verdict, rule: string): void =>
  assert.equal(verdict.allowed ? "allowed" : verdict.rule, `v${room.version.id}.${rule}`);
