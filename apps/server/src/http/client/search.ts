import { type BodyOf, compileEventFilter, compileRoomsFilter, type Endpoints } from "@wardroom/spec";
import { MatrixError, RawJson } from "#kernel";
import type { SearchPage, SearchQuery, SearchResult } from "#rooms";
import type { HandlerDeps, Handlers } from "../handler.ts";

type Criteria = NonNullable<BodyOf<Endpoints["search"]>["search_categories"]["room_events"]>;

const DEFAULT_PAGE = 10;
const MAX_PAGE = 50;
const DEFAULT_CONTEXT = 5;
const MAX_CONTEXT = 10;

export function searchHandlers({ rooms, sync }: HandlerDeps): Pick<Handlers, "search"> {
  return {
    async search({ actor, query, body }) {
      const { room_events: criteria } = body.search_categories;
      if (criteria === undefined) return new RawJson('{"search_categories":{}}');
      const page = await rooms.searchEvents(actor, toQuery(criteria, positionOf(sync, query.next_batch)));
      return new RawJson(`{"search_categories":{"room_events":${pageText(page, criteria, sync)}}}`);
    },
  };
}

/** @throws MatrixError M_INVALID_PARAM */
function positionOf(sync: HandlerDeps["sync"], token: string | undefined): number | undefined {
  if (token === undefined) return undefined;
  const parsed = sync.parseToken(token);
  if (parsed.sameGeneration) return parsed.position;
  throw new MatrixError("M_INVALID_PARAM", "next_batch: is not a token of this search.");
}

function toQuery(criteria: Criteria, until: number | undefined): SearchQuery {
  const { filter, event_context: context } = criteria;
  const [matchesRoom, matches] = [compileRoomsFilter(filter), compileEventFilter(filter)];
  const around = (limit: number | undefined) => Math.min(limit ?? DEFAULT_CONTEXT, MAX_CONTEXT);
  return {
    term: criteria.search_term,
    keys: criteria.keys ?? ["content.body", "content.name", "content.topic"],
    limit: Math.min(filter?.limit ?? DEFAULT_PAGE, MAX_PAGE),
    withState: criteria.include_state === true,
    ...(matchesRoom === undefined ? {} : { matchesRoom }),
    ...(matches === undefined ? {} : { matches }),
    ...(until === undefined ? {} : { until }),
    ...(context === undefined
      ? {}
      : {
          context: { before: around(context.before_limit), after: around(context.after_limit), profiles: context.include_profile === true },
        }),
  };
}

/**
 * The events are text already: they are joined, not parsed and printed again. `@NOTSPEC` Ordering by rank is within a page: to
 * know the best of everything, everything would have to be opened. `count` is that of the page.
 */
function pageText({ results, words, next, state }: SearchPage, criteria: Criteria, sync: HandlerDeps["sync"]): string {
  const ordered = criteria.order_by === "recent" ? results : results.toSorted((a, b) => b.rank - a.rank);
  const members = [
    `"count":${results.length}`,
    `"highlights":${JSON.stringify(words)}`,
    `"results":[${ordered.map((result) => resultText(result, sync)).join(",")}]`,
    ...groupsText(ordered, criteria),
    ...(criteria.include_state === true ? [`"state":{${[...state].map(stateText).join(",")}}`] : []),
    ...(next === undefined ? [] : [`"next_batch":${JSON.stringify(sync.formatToken(next))}`]),
  ];
  return `{${members.join(",")}}`;
}

const stateText = ([roomId, events]: readonly [string, readonly string[]]) => `${JSON.stringify(roomId)}:[${events.join(",")}]`;

function resultText({ rank, json, context }: SearchResult, sync: HandlerDeps["sync"]): string {
  if (context === undefined) return `{"rank":${rank},"result":${json}}`;
  const { before, after, start, end, profiles } = context;
  const members = [
    `"events_before":[${before.join(",")}]`,
    `"events_after":[${after.join(",")}]`,
    `"start":${JSON.stringify(sync.formatToken(start))}`,
    `"end":${JSON.stringify(sync.formatToken(end))}`,
    ...(profiles === undefined ? [] : [`"profile_info":${JSON.stringify(profiles)}`]),
  ];
  return `{"rank":${rank},"result":${json},"context":{${members.join(",")}}}`;
}

function groupsText(results: readonly SearchResult[], { groupings }: Criteria): readonly string[] {
  const keys = new Set((groupings?.group_by ?? []).map(({ key }) => key));
  if (keys.size === 0) return [];
  const groups = [...keys].map((key) => {
    const found = Map.groupBy(results, (result) => (key === "room_id" ? result.roomId : result.sender));
    const entries = [...found].map(([id, members], order) => [id, { order, results: members.map(({ eventId }) => eventId) }]);
    return `${JSON.stringify(key)}:${JSON.stringify(Object.fromEntries(entries))}`;
  });
  return [`"groups":{${groups.join(",")}}`];
}
