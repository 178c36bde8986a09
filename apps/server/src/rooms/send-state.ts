import { type JsonObject, membershipOf, parseRoomAlias } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import { type Conceal, notInRoom } from "./conceal-rooms.ts";
import type { Rooms } from "./contract.ts";
import { findVoucher } from "./find-voucher.ts";
import type { Room } from "./room.ts";
import type { RoomsContext } from "./rooms-context.ts";

/** `PUT …/state/{eventType}/{stateKey}`. The room's rules alone decide what may be set. */
export function createSendState(context: RoomsContext, conceal: Conceal): Rooms["sendState"] {
  const { append, inRoom, aliases } = context;
  return async (actor, { roomId, type, stateKey, content }) => {
    const change = async (room: Room) => {
      // Of others the rules speak first: which alias leads here is no stranger's business.
      if (type === "m.room.canonical_alias" && membershipOf(actor.userId, room.decided.state) === "join")
        await checkAliases(room.decided.state.get(type, stateKey)?.content, content, (alias) => aliases.find(alias), roomId);
      const isOwnJoin = type === "m.room.member" && stateKey === actor.userId && content["membership"] === "join";
      const voucher = isOwnJoin ? await findVoucher(context, room, actor.userId) : {};
      const input = { type, sender: actor.userId, stateKey, content, ...voucher };
      return append(room, [input], { actor });
    };
    const events = await conceal(actor, roomId, notInRoom, () => inRoom(roomId, change));
    return { eventId: events.at(-1)?.eventId ?? "" };
  };
}

const MOST_ALIASES = 100;

/** A room may call itself only by aliases that lead to it; those it already had may stay. */
async function checkAliases(
  before: JsonObject | undefined,
  after: JsonObject,
  find: (alias: string) => Promise<string | undefined>,
  roomId: string,
): Promise<void> {
  const others = after["alt_aliases"];
  if (others !== undefined && !(Array.isArray(others) && others.length <= MOST_ALIASES))
    throw new MatrixError("M_INVALID_PARAM", `alt_aliases is a list of at most ${MOST_ALIASES}.`);
  const known = new Set(namedIn(before ?? {}));
  for (const alias of namedIn(after)) {
    if (known.has(alias)) continue;
    if (typeof alias !== "string" || parseRoomAlias(alias) === undefined)
      throw new MatrixError("M_INVALID_PARAM", "This is no room alias.");
    if ((await find(alias)) !== roomId) throw new MatrixError("M_BAD_ALIAS", `${alias} does not lead to this room.`);
  }
}

function namedIn(content: JsonObject): readonly unknown[] {
  const main = content["alias"] ?? null;
  const others = content["alt_aliases"];
  return [...(main === null || main === "" ? [] : [main]), ...(Array.isArray(others) ? others : [])];
}
