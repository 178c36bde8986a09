import { type JsonObject, levelToSend, membershipOf, powerOf, type RoomVersion } from "@wardroom/matrix-core";
import { actedBy, type Actor, MatrixError } from "#kernel";
import type { Rooms } from "./contract.ts";
import { blankRoom, chooseVersion } from "./create-room.ts";
import { checkCreators, type EventInput } from "./event-input.ts";
import { bannedUsers, carriedState, closedLevels, replacementCreate, replacementLevels } from "./plan-replacement.ts";
import type { Room } from "./room.ts";
import type { RoomsContext } from "./rooms-context.ts";

const AT_A_TIME = 200;
const MOST_BANS = 10_000;

/**
 * `POST …/upgrade`. The new room is made first and whole; then one commit ends the old one: its tombstone, its levels, its
 * aliases and its place in the directory. A crash before that commit leaves the old room as it was, aliases included, and an empty
 * room that only the caller knows; they ask again. The other way round a tombstone would point into the void.
 *
 * The old room's lane is held throughout: nothing that is decided there meanwhile, a ban for example, can be missed.
 */
export function createUpgradeRoom(context: RoomsContext): Pick<Rooms, "upgradeRoom"> {
  const { append, inRoom, isActive, aliases, published, roomStore } = context;
  return {
    async upgradeRoom(actor, { roomId, newVersion, additionalCreators = [] }) {
      const version = chooseVersion(newVersion);
      let replacementRoom = "";
      let isPublic = false;
      await inRoom(roomId, async (room) => {
        checkPower(context, actor, room);
        if (version.creatorsRule) await checkCreators(additionalCreators, isActive);
        const earlier = await earlierReplacement(context, actor, room, version);
        if (earlier !== undefined) {
          replacementRoom = earlier;
          return { events: [], committed: room.lastCommitted };
        }
        isPublic = published.ids.has(roomId);
        replacementRoom = await makeReplacement(context, { actor, room, version, additional: additionalCreators });
        return append(room, closingEvents(actor, room, replacementRoom), {
          actor,
          audit: { event: "room.upgraded", target: replacementRoom },
          writes: () => [
            aliases.moveAll(roomId, replacementRoom),
            ...(isPublic ? [roomStore.publish(roomId, false), roomStore.publish(replacementRoom, true)] : []),
          ],
        });
      });
      if (isPublic) {
        published.note(roomId, false);
        published.note(replacementRoom, true);
      }
      return { replacementRoom };
    },
  };
}

/** @throws MatrixError M_FORBIDDEN */
function checkPower({ audit }: RoomsContext, actor: Actor, { roomId, version, decided: { state } }: Room): void {
  const { userId } = actor;
  const isMember = membershipOf(userId, state) === "join";
  if (isMember && powerOf(userId, state, version) >= levelToSend("m.room.tombstone", true, state, version)) return;
  const reason = isMember ? "send.level" : "not-in-room";
  audit.refused({ event: "room.upgraded", ...actedBy(actor), roomId, outcome: "refused", reason });
  throw new MatrixError("M_FORBIDDEN", isMember ? "You may not upgrade this room." : "You are not in this room.");
}

/** Who asks again, because the answer was lost, gets the room that there is. */
async function earlierReplacement({ cache }: RoomsContext, actor: Actor, room: Room, version: RoomVersion): Promise<string | undefined> {
  const tombstone = room.decided.state.get("m.room.tombstone", "");
  const named = tombstone?.content["replacement_room"];
  if (tombstone?.sender !== actor.userId || typeof named !== "string") return undefined;
  const replacement = await cache.find(named);
  const create = replacement?.decided.state.get("m.room.create", "");
  const predecessor = create?.content["predecessor"];
  const leadsHere =
    typeof predecessor === "object" && predecessor !== null && "room_id" in predecessor && predecessor.room_id === room.roomId;
  return leadsHere && create?.sender === actor.userId && replacement?.version.id === version.id ? named : undefined;
}

interface Replacing {
  readonly actor: Actor;
  readonly room: Room;
  readonly version: RoomVersion;
  readonly additional: readonly string[];
}

/** Commits the new room. Its creator alone is in it; the others follow the tombstone. */
async function makeReplacement(context: RoomsContext, replacing: Replacing): Promise<string> {
  const { append, cache, inRoom, profiles } = context;
  const { actor, version, room: old } = replacing;
  const state = stateOf(actor);
  const create = replacementCreate(old, version, { actor: actor.userId, additional: replacing.additional });
  const join = { ...(await profiles.member(actor.userId)), membership: "join" };
  const first = [state("m.room.create", create), state("m.room.member", join, actor.userId)];
  const bans = banEvents(replacing);
  const { room, committed } = await append(blankRoom(context, version), [...first, ...bans.slice(0, AT_A_TIME)], {
    actor,
    audit: { event: "room.created" },
    created: { isPublic: false },
  });
  if (!room.isVoid) cache.add(room);
  await committed;
  // Before the levels: the creator stands above everybody until those are set, so that no ban is refused.
  for (let start = AT_A_TIME; start < bans.length; start += AT_A_TIME)
    await inRoom(room.roomId, (made) => append(made, bans.slice(start, start + AT_A_TIME), { actor }));
  // Some at a time: a space can have thousands of rooms, and nobody else's events are decided meanwhile.
  const rest = carriedEvents(replacing);
  for (let start = 0; start < rest.length; start += AT_A_TIME)
    await inRoom(room.roomId, (made) => append(made, rest.slice(start, start + AT_A_TIME), { actor }));
  return room.roomId;
}

const stateOf =
  ({ userId }: Actor) =>
  (type: string, content: JsonObject, stateKey = ""): EventInput => ({ type, sender: userId, stateKey, content });

function banEvents({ actor, room, version, additional }: Replacing): readonly EventInput[] {
  // Whom the caller names as a creator is meant to be there.
  const creators = version.creatorsRule ? additional : [];
  const bans = bannedUsers(room).filter(({ stateKey }) => stateKey !== undefined && !creators.includes(stateKey));
  if (bans.length > MOST_BANS) throw new MatrixError("M_TOO_LARGE", `A room with more than ${MOST_BANS} bans cannot be upgraded.`);
  const state = stateOf(actor);
  return bans.map(({ stateKey, content }) => {
    const { reason } = content;
    return state("m.room.member", { membership: "ban", ...(typeof reason === "string" ? { reason } : {}) }, stateKey);
  });
}

/** The levels come last: the old room's may forbid its creator some of the rest. */
function carriedEvents({ actor, room, version, additional }: Replacing): readonly EventInput[] {
  const state = stateOf(actor);
  const levels = replacementLevels(room, version, [actor.userId, ...additional]);
  return [
    ...carriedState(room).map(({ type, content, stateKey }) => state(type, content, stateKey)),
    ...(levels === undefined ? [] : [state("m.room.power_levels", levels)]),
  ];
}

function closingEvents(actor: Actor, room: Room, replacementRoom: string): readonly EventInput[] {
  const state = stateOf(actor);
  const { decided, version } = room;
  const power = powerOf(actor.userId, decided.state, version);
  const maySend = (type: string) => power >= levelToSend(type, true, decided.state, version);
  const levels = decided.state.get("m.room.power_levels", "")?.content;
  const closed = levels === undefined ? undefined : closedLevels(levels);
  const hasAlias = decided.state.get("m.room.canonical_alias", "")?.content["alias"] !== undefined;
  return [
    state("m.room.tombstone", { body: "This room has been replaced.", replacement_room: replacementRoom }),
    // As far as the caller's own power goes, as the specification says.
    ...(hasAlias && maySend("m.room.canonical_alias") ? [state("m.room.canonical_alias", {})] : []),
    ...(closed !== undefined && maySend("m.room.power_levels") && power >= closed.least
      ? [state("m.room.power_levels", closed.content)]
      : []),
  ];
}
