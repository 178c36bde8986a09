import type { Keys } from "#keys";
import type { Write } from "#storage";
import { sealEvent } from "./event-sealing.ts";
import type { EventStore } from "./event-store.ts";
import type { MemberStore } from "./member-store.ts";
import { indexedValue, membershipIn, type Room } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";
import type { StateStore } from "./state-store.ts";

interface Stores {
  readonly events: EventStore;
  readonly states: StateStore;
  readonly memberStore: MemberStore;
  readonly keys: Keys;
}

/** The rows of one event, sealed. `txn` is its transaction id as the store keeps it. */
export function eventWrites(stores: Stores, room: Room, event: RoomEvent, offset: number, txn: string | undefined): readonly Write[] {
  const { kept, removed } = sealEvent(stores.keys, room.roomId, event.eventId, event.pdu, room.version);
  const { roomId } = room;
  const { eventId, type, sender, stateKey, parts } = event;
  const row = {
    event_id: eventId,
    room_id: roomId,
    type,
    sender,
    state_key: stateKey ?? null,
    // Of the first version, which counted unread events without push rules.
    kept,
    removed,
    replaces: parts.replaced?.eventId ?? null,
    device_id: txn === undefined ? null : (parts.sentBy?.deviceId ?? null),
    txn: txn ?? null,
  };
  const writes = [stores.events.insertEvent(row, offset)];
  if (stateKey === undefined) return writes;
  writes.push(stores.states.insertState({ room_id: roomId, type, state_key: stateKey, value: indexedValue(event) }, offset));
  if (type === "m.room.member")
    writes.push(stores.memberStore.put({ userId: stateKey, roomId, membership: membershipIn(event), sender }, offset));
  return writes;
}
