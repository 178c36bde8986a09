import { defaultRoomVersion, findRoomVersion, type JsonObject, parseUserId, type RoomVersion } from "@wardroom/matrix-core";
import { actedBy, type Actor, MatrixError, randomToken } from "#kernel";
import { Conflict, type Write } from "#storage";
import { recordOfAlias } from "./aliases.ts";
import { checkNewAlias } from "./check-new-alias.ts";
import { checkCreators, type EventInput } from "./event-input.ts";
import type { CreateRoomRequest, Rooms } from "./contract.ts";
import { createDurableRoom, createRoomInMemory, type Room } from "./room.ts";
import { defaultPowerLevels, presetOf } from "./room-presets.ts";
import { RoomState } from "./room-state.ts";
import type { RoomsContext } from "./rooms-context.ts";

const MOST_INVITES = 100;
const MOST_STATE = 200;

/** `POST …/createRoom`: every event of the new room in one batch. */
export function createCreateRoom(context: RoomsContext): Rooms["createRoom"] {
  const { append, aliases, cache, published } = context;
  return async (actor, request) => {
    const version = chooseVersion(request.roomVersion);
    const isPublic = request.visibility === "public";
    if (isPublic) published.admit();
    const alias = await claimedAlias(context, request);
    const inputs = await plannedEvents(context, { actor, request, version, alias });
    const blank = blankRoom(context, version);
    try {
      const { room, committed } = await append(blank, inputs, {
        actor,
        audit: { event: "room.created" },
        created: { isPublic },
        writes: (roomId) => namingWrites(context, { actor, roomId, alias, isPublic }),
      });
      // In the cache before the commit: whoever hears of the room must find this one and not load a second.
      if (!room.isVoid) cache.add(room);
      await committed;
      if (isPublic) published.note(room.roomId, true);
      return { roomId: room.roomId };
    } catch (error) {
      if (error instanceof Conflict && alias !== undefined && (await aliases.find(alias)) !== undefined) throw aliasTaken(alias);
      // What the caller asked for makes no valid room: the request is at fault, not the caller's rights.
      if (error instanceof MatrixError && error.code === "M_FORBIDDEN") throw new MatrixError("M_INVALID_ROOM_STATE", error.message);
      throw error;
    }
  };
}

interface Naming {
  readonly actor: Actor;
  readonly roomId: string;
  readonly alias: string | undefined;
  readonly isPublic: boolean;
}

/** How others find the room from the first moment on. */
function namingWrites({ aliases, audit }: RoomsContext, { actor, roomId, alias, isPublic }: Naming): readonly Write[] {
  const listing = { event: "room.directory.changed", ...actedBy(actor), roomId, target: "public", outcome: "done" } as const;
  return [
    ...(alias === undefined
      ? []
      : [
          aliases.insert({ alias, room_id: roomId, creator: actor.userId }),
          ...audit.writes({ ...recordOfAlias("room.alias.created", actor, roomId, alias), outcome: "done" }),
        ]),
    ...(isPublic ? audit.writes(listing) : []),
  ];
}

/** @throws MatrixError M_UNSUPPORTED_ROOM_VERSION */
export function chooseVersion(id: string | undefined): RoomVersion {
  const version = id === undefined ? defaultRoomVersion : findRoomVersion(id);
  if (version === undefined) throw new MatrixError("M_UNSUPPORTED_ROOM_VERSION", "This server makes rooms of versions 10, 11 and 12.");
  return version;
}

const aliasTaken = (alias: string) => new MatrixError("M_ROOM_IN_USE", `${alias} is taken.`);

async function claimedAlias({ aliases, serverName }: RoomsContext, { roomAliasName }: CreateRoomRequest): Promise<string | undefined> {
  if (roomAliasName === undefined) return undefined;
  const alias = `#${roomAliasName}:${serverName}`;
  checkNewAlias(alias, serverName);
  if ((await aliases.find(alias)) !== undefined) throw aliasTaken(alias);
  return alias;
}

/** A room before its first event. A room of version 12 gets its id from that. */
export function blankRoom({ random, serverName }: RoomsContext, version: RoomVersion): Room {
  return emptyRoom(version, version.roomIdIsCreateHash ? "" : `!${randomToken(random, 18)}:${serverName}`);
}

function emptyRoom(version: RoomVersion, roomId: string): Room {
  const decided = { eventId: "", depth: 0, state: new RoomState() };
  return createRoomInMemory({ roomId, version, epoch: 1, decided, durable: createDurableRoom(0, 0) });
}

interface Plan {
  readonly actor: Actor;
  readonly request: CreateRoomRequest;
  readonly version: RoomVersion;
  readonly alias: string | undefined;
}

/** The events in the order that the specification fixes. */
async function plannedEvents(context: RoomsContext, plan: Plan): Promise<readonly EventInput[]> {
  const { actor, request, version, alias } = plan;
  const invited = checkedInvites(request);
  const given = request.initialState ?? [];
  if (given.length > MOST_STATE) throw new MatrixError("M_INVALID_PARAM", `At most ${MOST_STATE} initial state events.`);
  for (const { type } of given)
    if (type === "m.room.canonical_alias") throw new MatrixError("M_BAD_ALIAS", "Give the alias as room_alias_name.");
  const isGiven = (type: string) => given.some((state) => state.type === type && state.stateKey === "");
  const state = (type: string, content: JsonObject, stateKey = ""): EventInput => ({ type, sender: actor.userId, stateKey, content });
  const unlessGiven = (type: string, content: JsonObject) => (isGiven(type) ? [] : [state(type, content)]);
  const preset = presetOf(request);
  const levels = given.find(({ type, stateKey }) => type === "m.room.power_levels" && stateKey === "")?.content;
  const powerful = preset.trusts ? [actor.userId, ...invited] : [actor.userId];
  const creation = createContent(plan, invited);
  const creators = creation["additional_creators"];
  if (version.creatorsRule && Array.isArray(creators)) await checkAdditional(context, creators);
  return [
    state("m.room.create", creation),
    state("m.room.member", { ...(await context.profiles.member(actor.userId)), membership: "join" }, actor.userId),
    state("m.room.power_levels", { ...(levels ?? defaultPowerLevels(version, powerful, preset)), ...request.powerLevelContentOverride }),
    ...(alias === undefined ? [] : [state("m.room.canonical_alias", { alias })]),
    ...unlessGiven("m.room.join_rules", { join_rule: preset.joinRule }),
    ...unlessGiven("m.room.history_visibility", { history_visibility: "shared" }),
    ...unlessGiven("m.room.guest_access", { guest_access: preset.guestAccess }),
    ...given
      .filter(({ type, stateKey }) => !(type === "m.room.power_levels" && stateKey === ""))
      .map(({ type, stateKey, content }) => state(type, content, stateKey)),
    ...(request.name === undefined ? [] : [state("m.room.name", { name: request.name })]),
    ...(request.topic === undefined ? [] : [state("m.room.topic", topicContent(request.topic))]),
    ...(await invitations(context, plan, invited)),
  ];
}

const MOST_CREATORS = 100;

async function checkAdditional({ isActive }: RoomsContext, creators: readonly unknown[]): Promise<void> {
  if (creators.length > MOST_CREATORS) throw new MatrixError("M_INVALID_PARAM", `At most ${MOST_CREATORS} additional creators.`);
  await checkCreators(creators, isActive);
}

function createContent({ actor, request, version }: Plan, invited: readonly string[]): JsonObject {
  const { creator: _, room_version: __, ...content } = request.creationContent ?? {};
  const named = content["additional_creators"];
  const creators =
    version.creatorsRule && presetOf(request).trusts && (named === undefined || Array.isArray(named))
      ? [...new Set([...(named ?? []), ...invited])]
      : named;
  return {
    ...content,
    ...(creators === undefined || (Array.isArray(creators) && creators.length === 0) ? {} : { additional_creators: creators }),
    ...(version.id === "10" ? { creator: actor.userId } : {}),
    room_version: version.id,
  };
}

/** Both forms of a topic, as the specification recommends since v1.15. */
const topicContent = (topic: string): JsonObject => ({ topic, "m.topic": { "m.text": [{ body: topic }] } });

function checkedInvites(request: CreateRoomRequest): readonly string[] {
  const invited = [...new Set(request.invite ?? [])];
  if (invited.length > MOST_INVITES) throw new MatrixError("M_INVALID_PARAM", `At most ${MOST_INVITES} invitations with a new room.`);
  for (const userId of invited) {
    if (parseUserId(userId) === undefined) throw new MatrixError("M_INVALID_PARAM", "An invitation names no user id.");
  }
  return invited;
}

async function invitations({ profiles }: RoomsContext, { actor, request }: Plan, invited: readonly string[]): Promise<EventInput[]> {
  const events: EventInput[] = [];
  for (const userId of invited) {
    const content = { ...(await profiles.member(userId)), membership: "invite", ...(request.isDirect === true ? { is_direct: true } : {}) };
    events.push({ type: "m.room.member", sender: actor.userId, stateKey: userId, content });
  }
  return events;
}
