import { systemTimers, type Timers } from "#kernel";
import { createMembershipChanges } from "./change-membership.ts";
import type { Rooms } from "./contract.ts";
import { createContext } from "./create-context.ts";
import { createCreateRoom } from "./create-room.ts";
import { createErasePerson } from "./erase-person.ts";
import { createMaySee } from "./may-see.ts";
import { createRoomChanges, createRoomFeed } from "./room-feed.ts";
import { createListMessages, createRoomReads } from "./room-reads.ts";
import type { RoomsDeps } from "./rooms-context.ts";
import { createReceipts } from "./send-receipt.ts";
import { createSendMessage } from "./send-message.ts";
import { createSendState } from "./send-state.ts";
import { createSetProfile } from "./set-profile.ts";
import { createTyping, type Typing } from "./set-typing.ts";

export type * from "./contract.ts";
export { roomMigrations } from "./migrations.ts";

/** Builds the module. Listeners of the feed hear of changes once they are durable and their positions visible. */
export async function createRooms(deps: Omit<RoomsDeps, "timers"> & { readonly timers?: Timers }): Promise<Rooms> {
  const changes = createRoomChanges();
  let typing: Typing | undefined;
  const context = await createContext({ ...deps, timers: deps.timers ?? systemTimers }, (room, event) => {
    const isMember = event.type === "m.room.member" && event.stateKey !== undefined;
    changes.note(room.roomId, room.durable.joined, isMember ? event.stateKey : undefined);
    if (isMember && event.content["membership"] !== "join") typing?.drop(room.roomId, event.stateKey ?? "");
  });
  deps.storage.onCommitted(() => changes.tell());
  // Whoever types or reads in a room has just been looked up in it, so it is in memory.
  const noteRoom = (roomId: string) => changes.note(roomId, context.cache.peek(roomId)?.durable.joined ?? new Set());
  typing = createTyping(context, (roomId) => {
    noteRoom(roomId);
    changes.tell();
  });
  const receipts = createReceipts(context, noteRoom);
  return {
    createRoom: createCreateRoom(context),
    ...createSendMessage(context),
    sendState: createSendState(context),
    ...createMembershipChanges(context),
    ...createRoomReads(context),
    listMessages: createListMessages(context),
    joinedRooms: async (actor) =>
      [...(await context.memberships.of(actor.userId)).values()]
        .filter(({ membership }) => membership === "join")
        .map(({ roomId }) => roomId),
    setTyping: typing.set,
    sendReceipt: receipts.send,
    getProfile: (userId) => context.profiles.get(userId),
    setProfileField: createSetProfile(context),
    resolveAlias: (alias) => context.aliases.find(alias),
    maySee: createMaySee(context),
    erasePerson: createErasePerson(context),
    feed: createRoomFeed(context, { receipts, typing, changes }),
  };
}
