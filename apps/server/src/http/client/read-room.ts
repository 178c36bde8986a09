import { JsonError, parseJson } from "@wardroom/matrix-core";
import {
  compileEventFilter,
  compileRoomsFilter,
  type Endpoints,
  parseRoomEventFilter,
  type QueryOf,
  type RoomEventFilter,
} from "@wardroom/spec";
import { MatrixError, RawJson } from "#kernel";
import type { HandlerDeps, Handlers } from "../handler.ts";

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
    const filter = filterOf(query);
    const matches = filter === undefined ? undefined : matcherOf(filter, params.roomId);
    const page = await rooms.listMessages(actor, params.roomId, {
      direction: query.dir,
      limit: Math.min(Math.max(query.limit ?? DEFAULT_PAGE, 1), MAX_PAGE),
      ...atOf("from", query.from, sync),
      ...atOf("to", query.to, sync),
      ...(matches === undefined ? {} : { matches }),
      ...(filter?.lazy_load_members === true ? { lazyLoadMembers: true } : {}),
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

/**
 * The position that a token stands for, under the name that the module gives it. A token of another store generation (a
 * restored backup) stands for nothing here, and counts as not given.
 */
function atOf<Name extends string>(name: Name, token: string | undefined, sync: HandlerDeps["sync"]): { readonly [Key in Name]?: number } {
  const parsed = token === undefined ? undefined : sync.parseToken(token);
  // Proven: the only member is the one that `Name` names.
  return (parsed?.sameGeneration === true ? { [name]: parsed.position } : {}) as { readonly [Key in Name]?: number };
}

function filterOf({ filter }: QueryOf<Endpoints["getRoomEvents"]>): RoomEventFilter | undefined {
  if (filter === undefined || filter === "") return undefined;
  const parsed = parseRoomEventFilter(parseFilterText(filter));
  if (parsed === undefined) throw new MatrixError("M_INVALID_PARAM", "filter: is not a RoomEventFilter.");
  return parsed;
}

function parseFilterText(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw new MatrixError("M_INVALID_PARAM", "filter: is not JSON.");
    throw error;
  }
}

function matcherOf(filter: RoomEventFilter, roomId: string) {
  // A filter that leaves this room out leaves nothing; the question is still asked, so that a stranger is still refused.
  return compileRoomsFilter(filter)?.(roomId) === false ? () => false : compileEventFilter(filter);
}
