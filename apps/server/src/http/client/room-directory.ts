import type { HierarchyRoom, PublicRoomsQuery } from "#directory";
import { MatrixError } from "#kernel";
import type { RoomFacts } from "#rooms";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { withoutUndefined } from "./without-undefined.ts";

type Names =
  | "getRoomVisibilityOnDirectory"
  | "setRoomVisibilityOnDirectory"
  | "getPublicRooms"
  | "queryPublicRooms"
  | "getRoomSummary"
  | "getSpaceHierarchy";

export function roomDirectoryHandlers({ rooms, directory, config }: HandlerDeps): Pick<Handlers, Names> {
  const list = async (server: string | undefined, query: PublicRoomsQuery) => {
    // @NOTSPEC the specification lets a client ask for another server's list; nobody outside is asked before there is federation.
    if (server !== undefined && server !== config.serverName)
      throw new MatrixError("M_NOT_FOUND", "This server lists its own rooms only: it asks no other server.");
    const page = await directory.listPublicRooms(query);
    return {
      chunk: page.chunk.map(listedRoom),
      ...(page.nextBatch === undefined ? {} : { next_batch: page.nextBatch }),
      ...(page.previousBatch === undefined ? {} : { prev_batch: page.previousBatch }),
      total_room_count_estimate: page.total,
    };
  };
  return {
    async getRoomVisibilityOnDirectory({ actor, params }) {
      return { visibility: await rooms.getDirectoryVisibility(actor, params.roomId) };
    },
    async setRoomVisibilityOnDirectory({ actor, params, body }) {
      await rooms.setDirectoryVisibility(actor, params.roomId, body.visibility);
      return {};
    },
    getPublicRooms: ({ query: { server, limit, since } }) => list(server, withoutUndefined({ limit, since })),
    async queryPublicRooms({ query, body }) {
      const { limit, since, filter, include_all_networks: all, third_party_instance_id: network } = body;
      const [term, roomTypes] = [filter?.generic_search_term ?? undefined, filter?.room_types ?? undefined];
      // There are no bridges here, so no room is of another network.
      const isOfNetwork = all !== true && network !== undefined && network !== null && network !== "";
      return list(query.server, withoutUndefined({ limit, since, term, roomTypes: isOfNetwork ? [] : roomTypes }));
    },
    async getRoomSummary({ actor, params }) {
      const { facts, membership } = await directory.getSummary(actor, params.roomIdOrAlias);
      return { ...summary(facts), ...(membership === undefined ? {} : { membership }) };
    },
    async getSpaceHierarchy({ actor, params, query }) {
      const { suggested_only: isSuggestedOnly, max_depth: maxDepth, limit, from } = query;
      const page = await directory.getHierarchy(actor, params.roomId, { isSuggestedOnly, ...withoutUndefined({ maxDepth, limit, from }) });
      return { rooms: page.rooms.map(roomOfHierarchy), ...(page.nextBatch === undefined ? {} : { next_batch: page.nextBatch }) };
    },
  };
}

function listedRoom(facts: RoomFacts) {
  return {
    room_id: facts.roomId,
    num_joined_members: facts.joined,
    world_readable: facts.isWorldReadable,
    guest_can_join: facts.guestCanJoin,
    join_rule: facts.joinRule,
    ...withoutUndefined({
      name: facts.name,
      topic: facts.topic,
      avatar_url: facts.avatarUrl,
      canonical_alias: facts.canonicalAlias,
      room_type: facts.roomType,
    }),
  };
}

function summary(facts: RoomFacts) {
  return {
    ...listedRoom(facts),
    room_version: facts.version,
    ...withoutUndefined({ encryption: facts.encryption }),
    ...(facts.allowedRooms.length === 0 ? {} : { allowed_room_ids: [...facts.allowedRooms] }),
  };
}

function roomOfHierarchy({ facts, children }: HierarchyRoom) {
  const state = children.map(({ roomId, sender, originServerTs, via, order, isSuggested }) => ({
    type: "m.space.child" as const,
    state_key: roomId,
    sender,
    origin_server_ts: originServerTs,
    content: { via: [...via], ...withoutUndefined({ order }), ...(isSuggested ? { suggested: true } : {}) },
  }));
  return { ...summary(facts), children_state: state };
}
