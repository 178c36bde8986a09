import * as v from "valibot";
import { isObject } from "./fields.ts";
import { matchesWildcard } from "./wildcard.ts";

/** `v.object` alone would take an array for an object without members. */
const object = <E extends v.ObjectEntries>(entries: E) => {
  const schema = v.object(entries);
  return v.pipe(v.custom<v.InferInput<typeof schema>>(isObject, "is not an object"), schema);
};

// Lists are bounded: every event of a page is compared with every wildcard of its filter.
const names = v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(255))), v.maxLength(500)));
// Every wildcard is one search through the type of every event; nobody's honest filter comes near these.
const MAX_TYPES = 100;
const MAX_WILDCARDS = 8;
const collapse = (pattern: string) => pattern.replaceAll(/\*+/g, "*");
const hasFewWildcards = (pattern: string) => collapse(pattern).split("*").length - 1 <= MAX_WILDCARDS;
const typePattern = v.pipe(v.string(), v.maxLength(255), v.check(hasFewWildcards, `has more than ${MAX_WILDCARDS} wildcards`));
const types = v.optional(v.pipe(v.array(typePattern), v.maxLength(MAX_TYPES)));
const flag = v.optional(v.boolean());

const eventFilterEntries = {
  /** The specification asks for more than 0; bots ask for 0 ("no timeline"), which is harmless. */
  limit: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  types,
  not_types: types,
  senders: names,
  not_senders: names,
};

const roomEventFilterEntries = {
  ...eventFilterEntries,
  rooms: names,
  not_rooms: names,
  contains_url: flag,
  lazy_load_members: flag,
  include_redundant_members: flag,
  unread_thread_notifications: flag,
  // Read here; what relates to what, the events alone do not say.
  related_by_senders: names,
  related_by_rel_types: names,
};

/** `EventFilter` of the Client-Server API, "Filtering". */
const eventFilterSchema = object(eventFilterEntries);
/** `RoomEventFilter` of the Client-Server API, "Filtering". */
export const roomEventFilterSchema = object(roomEventFilterEntries);

const roomFilterSchema = object({
  rooms: names,
  not_rooms: names,
  include_leave: flag,
  ephemeral: v.optional(roomEventFilterSchema),
  state: v.optional(roomEventFilterSchema),
  timeline: v.optional(roomEventFilterSchema),
  account_data: v.optional(roomEventFilterSchema),
});

/** `Filter` of the Client-Server API: what POST /user/{userId}/filter stores and /sync reads. */
const filterSchema = object({
  event_fields: names,
  event_format: v.optional(v.picklist(["client", "federation"])),
  presence: v.optional(eventFilterSchema),
  account_data: v.optional(eventFilterSchema),
  room: v.optional(roomFilterSchema),
});

export type EventFilter = v.InferOutput<typeof eventFilterSchema>;
export type RoomEventFilter = v.InferOutput<typeof roomEventFilterSchema>;
export type Filter = v.InferOutput<typeof filterSchema>;

/** The filter with unknown members dropped, or undefined if the value is not a filter. */
export function parseFilter(value: unknown): Filter | undefined {
  const result = v.safeParse(filterSchema, value, { abortEarly: true });
  return result.success ? result.output : undefined;
}

/** Likewise for the `filter` parameter of /messages. */
export function parseRoomEventFilter(value: unknown): RoomEventFilter | undefined {
  const result = v.safeParse(roomEventFilterSchema, value, { abortEarly: true });
  return result.success ? result.output : undefined;
}

/** What a filter looks at. */
export interface FilterableEvent {
  readonly type: string;
  readonly sender: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/**
 * The test of one filter; exclusions win over inclusions. Rooms are not looked at: see `compileRoomsFilter`.
 * Undefined when the filter lets everything pass, so that callers can skip the work.
 */
export function compileEventFilter(filter: EventFilter | RoomEventFilter | undefined): ((event: FilterableEvent) => boolean) | undefined {
  if (filter === undefined) return undefined;
  const tests: ((event: FilterableEvent) => boolean)[] = [];
  const { types, not_types: notTypes, senders, not_senders: notSenders } = filter;
  if (notTypes !== undefined && notTypes.length > 0) {
    const excluded = compileTypes(notTypes);
    tests.push((event) => !excluded(event.type));
  }
  if (types !== undefined) {
    const included = compileTypes(types);
    tests.push((event) => included(event.type));
  }
  const sender = compileLists(senders, notSenders);
  if (sender !== undefined) tests.push((event) => sender(event.sender));
  const containsUrl = "contains_url" in filter ? filter.contains_url : undefined;
  // Own members only: a content without `url` must not find one on a prototype.
  if (containsUrl !== undefined) tests.push((event) => Object.hasOwn(event.content, "url") === containsUrl);
  return tests.length === 0 ? undefined : (event) => tests.every((test) => test(event));
}

/** The test of `rooms` and `not_rooms`, or undefined when every room passes. */
export function compileRoomsFilter(
  filter: Pick<RoomEventFilter, "rooms" | "not_rooms"> | undefined,
): ((roomId: string) => boolean) | undefined {
  return compileLists(filter?.rooms, filter?.not_rooms);
}

function compileLists(included?: readonly string[], excluded?: readonly string[]): ((id: string) => boolean) | undefined {
  if (included === undefined && (excluded === undefined || excluded.length === 0)) return undefined;
  const yes = included === undefined ? undefined : new Set(included);
  const no = new Set(excluded);
  return (id) => !no.has(id) && (yes === undefined || yes.has(id));
}

function compileTypes(patterns: readonly string[]): (type: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const wildcards = patterns.filter((pattern) => pattern.includes("*")).map((pattern) => collapse(pattern).split("*"));
  return (type) => exact.has(type) || wildcards.some((parts) => matchesWildcard(parts, type));
}
