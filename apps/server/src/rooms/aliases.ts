import { type JsonObject, membershipOf } from "@wardroom/matrix-core";
import { actedBy, type Actor, type AuditRecord, MatrixError } from "#kernel";
import type { Submitted } from "./append-events.ts";
import { checkNewAlias } from "./check-new-alias.ts";
import type { Rooms } from "./contract.ts";
import { mayNameRoom } from "./may-name-room.ts";
import type { Room } from "./room.ts";
import type { RoomsContext } from "./rooms-context.ts";

type Aliases = Pick<Rooms, "resolveAlias" | "setAlias" | "deleteAlias" | "listAliases">;

const MOST_PER_ROOM = 100;
const CANONICAL = "m.room.canonical_alias";

export function createAliases(context: RoomsContext): Aliases {
  const { aliases, visibility } = context;
  return {
    resolveAlias: (alias) => aliases.find(alias),
    setAlias: createSetAlias(context),
    deleteAlias: createDeleteAlias(context),
    async listAliases(actor, roomId) {
      const reader = await visibility.findReader(actor.userId, roomId);
      const state = reader?.room.durable.state;
      const isOpen = state?.get("m.room.history_visibility", "")?.content["history_visibility"] === "world_readable";
      if (reader?.membership?.membership !== "join" && !isOpen) throw notInRoom();
      // Those who asked at the same moment may have gone above the limit.
      return aliases.listOfRoom(roomId, 2 * MOST_PER_ROOM);
    },
  };
}

const notInRoom = () => new MatrixError("M_FORBIDDEN", "You are not in this room.");
export const recordOfAlias = (event: "room.alias.created" | "room.alias.deleted", actor: Actor, roomId: string, alias: string) => ({
  event,
  ...actedBy(actor),
  roomId,
  target: alias,
});

function refuse({ audit }: RoomsContext, record: Omit<AuditRecord, "outcome">, reason: string): MatrixError {
  audit.refused({ ...record, outcome: "refused", reason });
  return reason === "not-in-room" ? notInRoom() : new MatrixError("M_FORBIDDEN", "This alias is not yours to delete.");
}

const headOf = (room: Room) => ({ roomId: room.roomId, head: room.decided.eventId, epoch: room.epoch });

function createSetAlias(context: RoomsContext): Aliases["setAlias"] {
  const { aliases, audit, inRoom, roomStore, serverName, storage } = context;
  return async (actor, { alias, roomId }) => {
    checkNewAlias(alias, serverName);
    const record = recordOfAlias("room.alias.created", actor, roomId, alias);
    await inRoom(roomId, async (room) => {
      if (membershipOf(actor.userId, room.decided.state) !== "join") throw refuse(context, record, "not-in-room");
      // Whoever lost a race comes here again after the conflict, and finds it taken.
      if ((await aliases.find(alias)) !== undefined) throw new MatrixError("M_UNKNOWN", `${alias} is taken.`, { status: 409 });
      if ((await aliases.listOfRoom(roomId, MOST_PER_ROOM)).length >= MOST_PER_ROOM)
        throw new MatrixError("M_FORBIDDEN", `A room has at most ${MOST_PER_ROOM} aliases.`);
      const writes = [
        roomStore.keepHead(headOf(room)),
        aliases.insert({ alias, room_id: roomId, creator: actor.userId }),
        ...audit.writes({ ...record, outcome: "done" }),
      ];
      return { events: [], committed: storage.commit({ writes }) };
    });
  };
}

function createDeleteAlias(context: RoomsContext): Aliases["deleteAlias"] {
  const { aliases, append, audit, inRoom, roomStore, storage } = context;
  const remove = async (actor: Actor, alias: string, room: Room): Promise<Submitted> => {
    const { roomId } = room;
    const row = await aliases.findRow(alias);
    if (row?.room_id !== roomId) throw unknownAlias();
    const record = recordOfAlias("room.alias.deleted", actor, roomId, alias);
    const mayName = mayNameRoom(room, actor.userId);
    const isTheirs = row.creator === actor.userId || mayName;
    if (!isTheirs && !actor.isAdmin) throw refuse(context, record, "not-theirs");
    const role = isTheirs ? {} : { asAdministrator: true };
    const removal = () => [aliases.remove({ alias, room_id: roomId }), ...audit.writes({ ...record, ...role, outcome: "done" })];
    const content = mayName ? withoutAlias(room.decided.state.get(CANONICAL, "")?.content ?? {}, alias) : undefined;
    if (content === undefined)
      return { events: [], committed: storage.commit({ writes: [roomStore.keepHead(headOf(room)), ...removal()] }) };
    return append(room, [{ type: CANONICAL, sender: actor.userId, stateKey: "", content }], { actor, writes: removal });
  };
  return async (actor, alias) => {
    const roomId = await aliases.find(alias);
    if (roomId === undefined) throw unknownAlias();
    await inRoom(roomId, (room) => remove(actor, alias, room));
  };
}

const unknownAlias = () => new MatrixError("M_NOT_FOUND", "There is no room of this name.");

/** The content of a canonical alias event without this alias; undefined if it does not name it. */
function withoutAlias(content: JsonObject, alias: string): JsonObject | undefined {
  const { alias: main, alt_aliases: others, ...rest } = content;
  const list = Array.isArray(others) ? others : undefined;
  if (main !== alias && list?.includes(alias) !== true) return undefined;
  return {
    ...rest,
    ...(main === undefined || main === alias ? {} : { alias: main }),
    ...(list === undefined ? {} : { alt_aliases: list.filter((other) => other !== alias) }),
  };
}
