import { createLanes } from "#kernel";
import { createAliasStore } from "./alias-store.ts";
import { createAppend } from "./append-events.ts";
import { createEventStore } from "./event-store.ts";
import { createInRoom } from "./in-room.ts";
import { createEventLoader } from "./load-events.ts";
import { createMemberStore } from "./member-store.ts";
import { createMemberships } from "./memberships.ts";
import { createProfileStore } from "./profile-store.ts";
import { createProfiles } from "./profiles.ts";
import { createReceiptStore } from "./receipt-store.ts";
import type { Room } from "./room.ts";
import { membershipIn } from "./room.ts";
import { loadRoomActivity } from "./room-activity.ts";
import { createRoomCache } from "./room-cache.ts";
import type { RoomEvent } from "./room-event.ts";
import type { RoomsContext, RoomsDeps } from "./rooms-context.ts";
import { createStateReads } from "./state-reads.ts";
import { createScanTimeline } from "./timeline.ts";
import { createVisibility } from "./visibility.ts";
import { createVisibilityRows } from "./visibility-rows.ts";

/** Builds what the use cases share. `onDurable` hears of every event, synchronously and in the order of commits. */
export async function createContext(deps: RoomsDeps, onDurable: (room: Room, event: RoomEvent) => void): Promise<RoomsContext> {
  const { storage, keys, audit, accountExists } = deps;
  const { statements } = storage;
  const store = createEventStore(statements);
  const memberStore = createMemberStore(statements);
  const receipts = createReceiptStore(statements);
  const loader = createEventLoader(store, keys);
  const cache = createRoomCache(store, loader);
  const memberships = createMemberships(memberStore);
  const activity = await loadRoomActivity(store, receipts);
  const lanes = createLanes();
  const noteDurable = (room: Room, event: RoomEvent): void => {
    activity.noteEvent(room.roomId, event.position);
    if (event.type === "m.room.member" && event.stateKey !== undefined) {
      memberships.note(event.stateKey, {
        roomId: room.roomId,
        membership: membershipIn(event),
        sender: event.sender,
        position: event.position,
        forgotten: false,
      });
    }
    onDurable(room, event);
  };
  return {
    ...deps,
    store,
    memberStore,
    receipts,
    aliases: createAliasStore(statements),
    loader,
    cache,
    memberships,
    activity,
    visibility: createVisibility(createVisibilityRows(store), cache, memberships),
    stateReads: createStateReads(store, loader),
    scanTimeline: createScanTimeline(store, loader),
    profiles: createProfiles({ storage, store: createProfileStore(statements), keys, audit, lanes, accountExists }),
    append: createAppend({ ...deps, store, members: memberStore, cache, onDurable: noteDurable }),
    inRoom: createInRoom(lanes, cache),
  };
}
