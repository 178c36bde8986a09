import { RawJson } from "#kernel";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { atOf, filterOf, matchingOf } from "./read-query.ts";

type Names = "getOneRoomEvent" | "getRoomState" | "getRoomStateWithKey" | "getMembersByRoom" | "getJoinedMembersByRoom" | "getRoomEvents";

const DEFAULT_PAGE = 10;
const MAX_PAGE = 1000;

export function readRoomHandlers(deps: HandlerDeps): Pick<Handlers, Names> {
  const { rooms, sync } = deps;
  return {
    getOneRoomEvent: ({ actor, params }) => rooms.getEvent(actor, params.roomId, params.eventId),
    getRoomState: ({ actor, params }) => rooms.listState(actor, params.roomId),
    getRoomStateWithKey: ({ actor, params, query }) =>
      rooms.getState(actor, params.roomId, params.eventType, params.stateKey, query.format),
    async getMembersByRoom({ actor, params, query }) {
      const { membership, not_membership: notMembership } = query;
      const members = await rooms.listMembers(actor, params.roomId, {
        ...atOf("atPosition", query.at, sync),
        ...(membership === undefined ? {} : { membership }),
        ...(notMembership === undefined ? {} : { notMembership }),
      });
      return new RawJson(`{"chunk":${members.text}}`);
    },
    async getJoinedMembersByRoom({ actor, params }) {
      const members = await rooms.joinedMembers(actor, params.roomId);
      return new RawJson(`{"joined":${members.text}}`);
    },
    getRoomEvents: createGetMessages(deps),
  };
}

function createGetMessages({ rooms, sync }: HandlerDeps): Handlers["getRoomEvents"] {
  return async ({ actor, params, query }) => {
    const page = await rooms.listMessages(actor, params.roomId, {
      direction: query.dir,
      limit: Math.min(Math.max(query.limit ?? DEFAULT_PAGE, 1), MAX_PAGE),
      ...atOf("from", query.from, sync),
      ...atOf("to", query.to, sync),
      ...matchingOf(filterOf(query.filter), params.roomId),
    });
    // The events are text already: they are joined, not parsed and printed again.
    const start = JSON.stringify(query.from ?? sync.formatToken(page.start));
    // `limit` is the most that may come, so 0 is an empty page that ends where it began, if there is more; one event was read to know that.
    if (query.limit === 0 && page.chunk.length > 0) return new RawJson(`{"start":${start},"end":${start},"chunk":[]}`);
    const end = page.end === undefined ? "" : `,"end":${JSON.stringify(sync.formatToken(page.end))}`;
    const state = page.state.length === 0 ? "" : `,"state":[${page.state.join(",")}]`;
    return new RawJson(`{"start":${start}${end},"chunk":[${page.chunk.join(",")}]${state}}`);
  };
}
