import { compileEventFilter, compileRoomsFilter, type EventFilter, type Filter, parseFilter, type RoomEventFilter } from "@wardroom/spec";
import type { AccountData } from "#account-data";
import { createBoundedCache, MatrixError } from "#kernel";
import type { EventMatcher } from "#rooms";
import { compileEventFields } from "./event-fields.ts";

type RoomTest = (roomId: string) => boolean;

/** A filter ready for use. */
export interface SyncFilter {
  /** Equal filters share it; for the keys of caches. */
  readonly id: number;
  readonly allowsRoom: RoomTest;
  readonly includeLeave: boolean;
  readonly timeline: {
    readonly limit: number;
    /** undefined: every event passes. */
    readonly matches: EventMatcher | undefined;
    readonly allowsRoom: RoomTest;
    /** No state event of this room is kept out of the timeline. */
    readonly isComplete: RoomTest;
  };
  readonly state: {
    readonly matches: EventMatcher | undefined;
    readonly allowsRoom: RoomTest;
    readonly lazy: boolean;
    readonly redundant: boolean;
  };
  /** Form and members of the events. */
  readonly form: "sync" | "federation";
  readonly present: (text: string) => string;
  /** Unread words in threads are counted apart. */
  readonly threadsApart: boolean;
  readonly presence: (type: string, sender: string) => boolean;
  readonly ephemeral: (type: string, roomId: string) => boolean;
  readonly roomAccountData: (type: string, roomId: string) => boolean;
  readonly accountData: (type: string) => boolean;
}

export interface SyncFilters {
  /** @param filter id or inline JSON. @throws MatrixError M_INVALID_PARAM. */
  resolve(userId: string, filter: string | undefined): Promise<SyncFilter>;
}

const DEFAULT_LIMIT = 10;
const MOST_EVENTS = 100;
const MOST_CACHED = 1_000;
/** Characters of all cached texts together; what is compiled from a text is a few times as large. */
const MOST_TEXT = 1024 * 1024;

export function createSyncFilters(accountData: Pick<AccountData, "getFilter">): SyncFilters {
  const compiled = createBoundedCache<string, SyncFilter>({ entries: MOST_CACHED, weight: MOST_TEXT });
  // What a filter id stands for never changes.
  const texts = createBoundedCache<string, string>({ entries: MOST_CACHED, weight: MOST_TEXT });
  let ids = 0;

  const textOf = async (userId: string, filterId: string) => {
    const key = JSON.stringify([userId, filterId]);
    const known = texts.get(key);
    if (known !== undefined) return known;
    const text = await accountData.getFilter(userId, filterId).catch(refuseUnknown);
    texts.set(key, text, text.length);
    return text;
  };
  const compileText = (text: string) => {
    const known = compiled.get(text);
    if (known !== undefined) return known;
    const filter = compileFilter(readFilter(text), (ids += 1));
    compiled.set(text, filter, text.length);
    return filter;
  };
  return {
    async resolve(userId, filter) {
      if (filter === undefined || filter === "") return compileText("{}");
      return compileText(filter.startsWith("{") ? filter : await textOf(userId, filter));
    },
  };
}

function refuseUnknown(error: unknown): never {
  if (error instanceof MatrixError && error.code === "M_NOT_FOUND")
    throw new MatrixError("M_INVALID_PARAM", "there is no filter with this id");
  throw error;
}

function readFilter(text: string): Filter {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MatrixError("M_INVALID_PARAM", "the filter is not JSON");
  }
  const filter = parseFilter(value);
  if (filter === undefined) throw new MatrixError("M_INVALID_PARAM", "the filter has a wrong shape");
  return filter;
}

/**
 * `limit` bounds the timeline alone: what it would leave out of the other sections, among them state, would never come again.
 * @NOTSPEC `related_by_senders` and `related_by_rel_types` are read and not yet applied.
 */
function compileFilter(filter: Filter, id: number): SyncFilter {
  const { room } = filter;
  const matches = compileEventFilter(room?.timeline);
  const allowsRoom = roomTest(room?.timeline);
  const accountData = typeTest(filter.account_data);
  const presence = compileEventFilter(filter.presence);
  return {
    id,
    allowsRoom: roomTest(room),
    includeLeave: room?.include_leave ?? false,
    timeline: {
      limit: Math.min(room?.timeline?.limit ?? DEFAULT_LIMIT, MOST_EVENTS),
      matches,
      allowsRoom,
      isComplete: (roomId) => matches === undefined && allowsRoom(roomId),
    },
    state: {
      matches: compileEventFilter(room?.state),
      allowsRoom: roomTest(room?.state),
      lazy: room?.state?.lazy_load_members ?? false,
      redundant: room?.state?.include_redundant_members ?? false,
    },
    form: filter.event_format === "federation" ? "federation" : "sync",
    present: filter.event_fields === undefined ? (text) => text : compileEventFields(filter.event_fields),
    threadsApart: room?.timeline?.unread_thread_notifications ?? false,
    presence: (type, sender) => presence?.({ type, sender, content: {} }) ?? true,
    ephemeral: typeAndRoomTest(room?.ephemeral),
    roomAccountData: typeAndRoomTest(room?.account_data),
    accountData,
  };
}

function roomTest(filter: Pick<RoomEventFilter, "rooms" | "not_rooms"> | undefined): RoomTest {
  return compileRoomsFilter(filter) ?? (() => true);
}

/** For what has no sender: `senders` can then include nothing. */
function typeTest(filter: EventFilter | undefined): (type: string) => boolean {
  const matches = compileEventFilter(filter);
  return (type) => matches === undefined || matches({ type, sender: "", content: {} });
}

function typeAndRoomTest(filter: RoomEventFilter | undefined): (type: string, roomId: string) => boolean {
  const [byType, byRoom] = [typeTest(filter), roomTest(filter)];
  return (type, roomId) => byType(type) && byRoom(roomId);
}
