import { createCounter, systemTimers } from "#kernel";
import { createAliases } from "./aliases.ts";
import { createMembershipChanges } from "./change-membership.ts";
import { createConceal } from "./conceal-rooms.ts";
import type { Rooms } from "./contract.ts";
import { createContext } from "./create-context.ts";
import { createRelationReads } from "./create-relations.ts";
import { createCreateRoom } from "./create-room.ts";
import { createPeopleFeed } from "./directory-feed.ts";
import { createDirectoryVisibility } from "./directory-visibility.ts";
import { createErasePerson } from "./erase-person.ts";
import { createMaySee } from "./may-see.ts";
import { createKnownRooms } from "./known-rooms.ts";
import { createRoomChanges, createRoomFeed, type FeedListeners } from "./room-feed.ts";
import { factsOf } from "./member-view.ts";
import type { Room } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";
import { createNoteRead, type NoteRead, recordReads } from "./note-reads.ts";
import { createListMessages, createRoomReads } from "./room-reads.ts";
import type { RoomsContext, RoomsDeps } from "./rooms-context.ts";
import { createFindPredecessor } from "./find-predecessor.ts";
import { createLivingPeople, whileAlive } from "./living-people.ts";
import { createLeaveForGood } from "./leave-for-good.ts";
import { createReceipts } from "./send-receipt.ts";
import { createReportContent } from "./report-content.ts";
import { createSearchEvents } from "./search-events.ts";
import { createSendMessage } from "./send-message.ts";
import { createSendState } from "./send-state.ts";
import { createSetProfile } from "./set-profile.ts";
import { createTyping, type Typing } from "./set-typing.ts";
import { createUpgradeRoom } from "./upgrade-room.ts";

export type * from "./contract.ts";
export type * from "./directory-contract.ts";
export type * from "./search-contract.ts";
export { roomMigrations } from "./migrations.ts";
export { shareRoom } from "./share-room.ts";

type Defaulted = "timers" | "ephemeral" | "isActive" | "isDeactivated";

const withDefaults = (deps: Parameters<typeof createRooms>[0]): RoomsDeps => ({
  ...deps,
  timers: deps.timers ?? systemTimers,
  ephemeral: deps.ephemeral ?? createCounter(),
  isActive: deps.isActive ?? deps.accountExists,
  isDeactivated: deps.isDeactivated ?? (async () => false),
});

/** Builds the module. Listeners of the feed hear of changes once they are durable and their positions visible. */
export async function createRooms(deps: Omit<RoomsDeps, Defaulted> & Partial<Pick<RoomsDeps, Defaulted>>): Promise<Rooms> {
  const changes = createRoomChanges();
  let typing: Typing | undefined;
  const listeners: FeedListeners = { event: [], redacted: [] };
  const context = await createContext(
    withDefaults(deps),
    tellOf(listeners, (room, event) => {
      const isMember = event.type === "m.room.member" && event.stateKey !== undefined;
      changes.note(room.roomId, room.durable.joined, isMember ? event.stateKey : undefined);
      if (isMember && event.content["membership"] !== "join") typing?.drop(room.roomId, event.stateKey ?? "");
    }),
  );
  deps.storage.onCommitted(() => changes.tell());
  // Whoever types or reads in a room has just been looked up in it, so it is in memory.
  const noteRoom = (roomId: string) => changes.note(roomId, context.cache.peek(roomId)?.durable.joined ?? new Set());
  typing = createTyping(context, (roomId) => {
    noteRoom(roomId);
    changes.tell();
  });
  const { known, drop } = createKnownRooms({ ...context, onChange: context.directoryChanges.onRoom });
  context.directoryChanges.onRoom(drop);
  const conceal = createConceal(known, context.memberships);
  const noteRead = createNoteRead(context);
  const receipts = createReceipts(context, noteRoom);
  const profileChanges = createSetProfile(context);
  await profileChanges.resume();
  const membershipChanges = createMembershipChanges(context, conceal);
  const erasePerson = createErasePerson(context);
  const living = createLivingPeople(context.isDeactivated);
  const departures = createLeaveForGood(context, { ...membershipChanges, erasePerson, living });
  return {
    ...createSendMessage(context),
    ...membershipChanges,
    ...whileAlive(living, {
      createRoom: createCreateRoom(context),
      sendState: createSendState(context, conceal),
      join: membershipChanges.join,
      knock: membershipChanges.knock,
      ...createUpgradeRoom(context),
      ...createReportContent(context),
      setProfileField: profileChanges.setProfileField,
    }),
    ...createReads(context, noteRead),
    joinedRooms: createJoinedRooms(context),
    setTyping: typing.set,
    sendReceipt: receipts.send,
    getProfile: (userId) => context.profiles.get(userId),
    maySee: createMaySee(context),
    ...createAliases(context),
    ...createDirectoryVisibility(context, known),
    known,
    people: createPeopleFeed(context, context.directoryChanges),
    predecessorOf: createFindPredecessor(context),
    erasePerson,
    leaveForGood: departures.leaveForGood,
    resumeDepartures: () => departures.resume(),
    feed: createRoomFeed(context, { noteRead, receipts, typing, changes, listeners }),
  };
}

/** What is given to people of single rooms, recorded where a label asks for it. */
function createReads(context: RoomsContext, noteRead: NoteRead) {
  const reads = { ...createSearchEvents(context), ...createRoomReads(context), ...createRelationReads(context) };
  return recordReads({ ...reads, listMessages: createListMessages(context) }, noteRead);
}

/** What the commits of events set off. */
function tellOf(listeners: FeedListeners, note: (room: Room, event: RoomEvent) => void) {
  return {
    onDurable(room: Room, event: RoomEvent): void {
      for (const listener of listeners.event) listener(room.roomId, event, room.durable.joined);
      note(room, event);
    },
    onRedacted(room: Room, original: RoomEvent): void {
      for (const listener of listeners.redacted) listener(factsOf(room), original);
    },
  };
}

function createJoinedRooms({ memberships }: RoomsContext): Rooms["joinedRooms"] {
  return async ({ userId }) =>
    [...(await memberships.of(userId)).values()].filter(({ membership }) => membership === "join").map(({ roomId }) => roomId);
}
