import { createLanes } from "#kernel";
import { createDirectoryChanges } from "./directory-feed.ts";
import { createRelations } from "./create-relations.ts";
import { createFindVisible } from "./find-visible.ts";
import { type AppendDeps, createAppend } from "./append-events.ts";
import { createInRoom } from "./in-room.ts";
import { createEventLoader } from "./load-events.ts";
import { createMemberships } from "./memberships.ts";
import { createProfiles } from "./profiles.ts";
import { createPublishedRooms } from "./published-rooms.ts";
import type { Room } from "./room.ts";
import { membershipIn } from "./room.ts";
import { loadRoomActivity } from "./room-activity.ts";
import { createRoomCache } from "./room-cache.ts";
import type { RoomEvent } from "./room-event.ts";
import { createRoomStores } from "./room-stores.ts";
import type { RoomsContext, RoomsDeps } from "./rooms-context.ts";
import { createStateReads } from "./state-reads.ts";
import { createScanTimeline } from "./timeline.ts";
import { createVisibility } from "./visibility.ts";
import { createVisibilityRows } from "./visibility-rows.ts";

/** Builds what the use cases share. The listeners hear of every event, synchronously and in the order of commits. */
export async function createContext(
  deps: RoomsDeps,
  { onDurable, onRedacted }: Pick<AppendDeps, "onDurable" | "onRedacted">,
): Promise<RoomsContext> {
  const { storage, keys, audit, accountExists } = deps;
  const stores = createRoomStores(storage.statements);
  const { events, states } = stores;
  const loader = createEventLoader(events, keys);
  const cache = createRoomCache(stores, loader);
  const memberships = createMemberships(stores.memberStore);
  const activity = await loadRoomActivity(stores.roomStore, stores.receiptStore);
  const visibility = createVisibility(createVisibilityRows(states), cache, memberships, deps.clock);
  const ignoredBy = deps.ignoredBy ?? (() => Promise.resolve(new Set<string>()));
  const { relate, bundle, threads } = createRelations({ ...stores, keys, loader, visibility, ignoredBy });
  const lanes = createLanes();
  const directoryChanges = createDirectoryChanges();
  const onName = directoryChanges.noteName;
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
    directoryChanges.noteEvent(room.roomId, event);
    onDurable(room, event);
  };
  return {
    ...deps,
    ...stores,
    loader,
    cache,
    memberships,
    activity,
    directoryChanges,
    published: createPublishedRooms(await stores.roomStore.listPublished(), directoryChanges.noteRoom),
    visibility,
    ignoredBy,
    bundle,
    threads,
    findVisible: createFindVisible(events, loader),
    stateReads: createStateReads(states, loader),
    scanTimeline: createScanTimeline(events, loader),
    profiles: createProfiles({ storage, store: stores.profileStore, keys, audit, lanes, accountExists, onName }),
    append: createAppend({ ...deps, ...stores, cache, relate, onDurable: noteDurable, onRedacted }),
    inRoom: createInRoom(lanes, cache),
  };
}
