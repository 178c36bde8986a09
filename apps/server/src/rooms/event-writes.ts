import type { Keys } from "#keys";
import type { Write } from "#storage";
import { countsAsUnread } from "./counts-as-unread.ts";
import { sealEvent } from "./event-sealing.ts";
import type { EventStore } from "./event-store.ts";
import type { MemberStore } from "./member-store.ts";
import { indexedValue, membershipIn, type Room } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";

interface Stores {
  readonly store: EventStore;
  readonly members: MemberStore;
  readonly keys: Keys;
}

/** The rows of one event, sealed. `txn` is its transaction id as the store keeps it. */
export function eventWrites(stores: Stores, room: Room, event: RoomEvent, offset: number, txn: string | undefined): readonly Write[] {
  const { kept, removed } = sealEvent(stores.keys, room.roomId, event.eventId, event.pdu, room.version);
  const writes = stores.store.insertEvent({
    offset,
    event_id: event.eventId,
    room_id: room.roomId,
    type: event.type,
    sender: event.sender,
    state_key: event.stateKey ?? null,
    counts: countsAsUnread(event) ? 1 : 0,
    kept,
    removed,
    value: indexedValue(event),
    replaces: event.parts.replaced?.eventId ?? null,
    device_id: txn === undefined ? null : (event.parts.sentBy?.deviceId ?? null),
    txn: txn ?? null,
  });
  if (event.type !== "m.room.member" || event.stateKey === undefined) return writes;
  const membership = { userId: event.stateKey, roomId: room.roomId, membership: membershipIn(event), sender: event.sender };
  return [...writes, stores.members.put(membership, offset)];
}
