import { MatrixError } from "#kernel";
import type { EventContext, Rooms } from "./contract.ts";
import type { RoomEvent } from "./room-event.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Reader } from "./visibility.ts";

type Query = Parameters<Rooms["getContext"]>[3];

/** `GET …/context/{eventId}`: what happened just before and after an event, and the state at the end of that. */
export function createGetContext(context: RoomsContext): Rooms["getContext"] {
  const { visibility, findVisible, scanTimeline, bundle } = context;
  return async (actor, roomId, eventId, query) => {
    const reader = await visibility.findReader(actor.userId, roomId);
    const event = reader === undefined ? undefined : await findVisible(reader, eventId);
    if (reader === undefined || event === undefined) throw new MatrixError("M_NOT_FOUND", "There is no such event, or you may not see it.");
    const { position } = event;
    const half = Math.floor(query.limit / 2);
    const scan = (direction: "b" | "f", after: number, until: number, limit: number) =>
      limit === 0
        ? { events: [], reached: position - (direction === "b" ? 1 : 0) }
        : scanTimeline(reader, { direction, after, until, limit, matches: query.matches });
    const before = await scan("b", 0, position - 1, half);
    const after = await scan("f", position, reader.room.durable.position, query.limit - half);
    const last = after.events.at(-1) ?? event;
    const shown = await bundle(reader, [...before.events, event, ...after.events]);
    const text = (events: readonly RoomEvent[]) => events.map((shownEvent) => shownEvent.clientJson(actor, "room"));
    const count = before.events.length;
    return {
      before: text(shown.slice(0, count)),
      event: text(shown.slice(count, count + 1))[0] ?? "{}",
      after: text(shown.slice(count + 1)),
      state: text(await readState(context, reader, last.position, shown, query)),
      start: before.events.length === 0 ? before.reached : (before.events.at(-1)?.position ?? position) - 1,
      end: after.events.length === 0 ? Math.max(after.reached, position) : last.position,
    } satisfies EventContext;
  };
}

/** Only as far as this reader may know the room's state: those who left, until then; those who were never in it, nothing. */
async function readState(
  { stateReads }: RoomsContext,
  reader: Reader,
  last: number,
  events: readonly RoomEvent[],
  { lazyLoadMembers, matches }: Query,
): Promise<readonly RoomEvent[]> {
  const { room, stateUntil } = reader;
  if (stateUntil === undefined) return [];
  const position = Math.min(last, stateUntil);
  if (!reader.sees(position)) return [];
  const senders = [...new Set(events.map(({ sender }) => sender))];
  const state =
    lazyLoadMembers === true
      ? [...(await stateReads.withoutMembers(room, position)), ...(await stateReads.members(room, position, senders))]
      : await stateReads.all(room, position);
  return state.map((event) => reader.showState(event)).filter((event) => matches?.(event) !== false);
}
