import type { Endpoints, QueryOf } from "@wardroom/spec";
import { type Actor, RawJson } from "#kernel";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { atOf, filterOf, matchingOf } from "./read-query.ts";

type Names =
  | "getRelatingEvents"
  | "getRelatingEventsWithRelType"
  | "getRelatingEventsWithRelTypeAndEventType"
  | "getThreadRoots"
  | "getEventContext"
  | "getEventByTimestamp";

const DEFAULT_CHILDREN = 50;
const MAX_CHILDREN = 200;
const DEFAULT_THREADS = 20;
const MAX_THREADS = 50;
const DEFAULT_CONTEXT = 10;
const MAX_CONTEXT = 100;

export function relationsHandlers(deps: HandlerDeps): Pick<Handlers, Names> {
  const { rooms, sync } = deps;
  const relations = createGetRelations(deps);
  return {
    getRelatingEvents: ({ actor, params, query }) => relations(actor, params, query),
    getRelatingEventsWithRelType: ({ actor, params, query }) => relations(actor, params, query),
    getRelatingEventsWithRelTypeAndEventType: ({ actor, params, query }) => relations(actor, params, query),
    async getThreadRoots({ actor, params, query }) {
      const { chunk, next } = await rooms.listThreads(actor, params.roomId, {
        participated: query.include === "participated",
        limit: Math.min(query.limit ?? DEFAULT_THREADS, MAX_THREADS),
        ...atOf("from", query.from, sync),
      });
      return new RawJson(`{"chunk":[${chunk.join(",")}]${member("next_batch", next, sync)}}`);
    },
    async getEventContext({ actor, params, query }) {
      const found = await rooms.getContext(actor, params.roomId, params.eventId, {
        limit: Math.min(query.limit ?? DEFAULT_CONTEXT, MAX_CONTEXT),
        ...matchingOf(filterOf(query.filter), params.roomId),
      });
      const lists = `"events_before":[${found.before.join(",")}],"event":${found.event},"events_after":[${found.after.join(",")}]`;
      const ends = `"state":[${found.state.join(",")}]${member("start", found.start, sync)}${member("end", found.end, sync)}`;
      return new RawJson(`{${lists},${ends}}`);
    },
    async getEventByTimestamp({ actor, params, query }) {
      const { eventId, originServerTs } = await rooms.findByTime(actor, params.roomId, { ts: query.ts, direction: query.dir });
      return new RawJson(JSON.stringify({ event_id: eventId, origin_server_ts: originServerTs }));
    },
  };
}

interface Of {
  readonly roomId: string;
  readonly eventId: string;
  readonly relType?: string;
  readonly eventType?: string;
}

function createGetRelations({ rooms, sync }: HandlerDeps) {
  return async (actor: Actor, { roomId, eventId, relType, eventType }: Of, query: QueryOf<Endpoints["getRelatingEvents"]>) => {
    const { chunk, next, depth } = await rooms.listRelations(actor, roomId, eventId, {
      ...(relType === undefined ? {} : { relType }),
      ...(eventType === undefined ? {} : { eventType }),
      ...(query.recurse === undefined ? {} : { recurse: query.recurse }),
      direction: query.dir,
      limit: Math.min(Math.max(query.limit ?? DEFAULT_CHILDREN, 1), MAX_CHILDREN),
      ...atOf("from", query.from, sync),
      ...atOf("to", query.to, sync),
    });
    // Tokens stand between events: where this page began the one before it ended, whichever way it is read.
    const previous = query.from === undefined ? "" : `,"prev_batch":${JSON.stringify(query.from)}`;
    const recursion = query.recurse === undefined ? "" : `,"recursion_depth":${depth}`;
    return new RawJson(`{"chunk":[${chunk.join(",")}]${member("next_batch", next, sync)}${previous}${recursion}}`);
  };
}

function member(name: string, position: number | undefined, sync: HandlerDeps["sync"]): string {
  return position === undefined ? "" : `,"${name}":${JSON.stringify(sync.formatToken(position))}`;
}
