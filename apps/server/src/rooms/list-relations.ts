import { MatrixError } from "#kernel";
import type { RelationsPage, RelationsQuery, Rooms } from "./contract.ts";
import { readAt } from "./read-at.ts";
import { bytesOf } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Reader } from "./visibility.ts";

/** Levels that `recurse` goes down, as the specification wants at least. */
const DEEPEST = 3;
/** Children that may not be seen are passed over, so many reads at most. */
const MOST_ROUNDS = 10;
const MOST_BYTES = 1024 * 1024;
const OPENED_AT_A_TIME = 50;

/** `GET …/relations/{eventId}[/{relType}[/{eventType}]]`. */
export function createListRelations(context: RoomsContext): Rooms["listRelations"] {
  const { visibility, findVisible, bundle } = context;
  return async (actor, roomId, eventId, query) => {
    const reader = await visibility.findReader(actor.userId, roomId);
    const parent = reader === undefined ? undefined : await findVisible(reader, eventId);
    if (reader === undefined || parent === undefined)
      throw new MatrixError("M_NOT_FOUND", "There is no such event, or you may not see it.");
    const { events, next } = await readPage(context, reader, parent.position, query);
    const chunk = (await bundle(reader, events)).map((event) => event.clientJson(actor, "room"));
    return { chunk, next, depth: query.recurse === true ? DEEPEST : 1 } satisfies RelationsPage;
  };
}

async function readPage(context: RoomsContext, reader: Reader, parent: number, query: RelationsQuery) {
  const { relationPages, ignoredBy } = context;
  const ignored = await ignoredBy(reader.userId);
  const isBackwards = query.direction === "b";
  const head = reader.room.durable.position;
  let [after, until] = isBackwards
    ? [query.to ?? 0, Math.min(query.from ?? head, head)]
    : [query.from ?? 0, Math.min(query.to ?? head, head)];
  const events: RoomEvent[] = [];
  const wanted = { parent, rel_type: query.relType ?? "", type: query.eventType ?? "", depth: query.recurse === true ? DEEPEST : 1 };
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const limit = query.limit + 1;
    const found = await relationPages.listChildren({ ...wanted, after, until, limit }, isBackwards);
    const positions = found.map(({ position }) => position).filter((position) => reader.sees(position));
    for (let from = 0; from < positions.length; from += OPENED_AT_A_TIME) {
      for (const event of await readInOrder(context, reader, positions.slice(from, from + OPENED_AT_A_TIME))) {
        // State events are shown whoever sent them ("Ignoring Users").
        if (event.stateKey === undefined && ignored.has(event.sender)) continue;
        const last = events.at(-1);
        if (last !== undefined && (events.length >= query.limit || bytesOf(events) > MOST_BYTES))
          return { events, next: isBackwards ? last.position - 1 : last.position };
        events.push(event);
      }
    }
    const last = found.at(-1);
    if (last === undefined || found.length < limit) return { events, next: undefined };
    if (isBackwards) until = last.position - 1;
    else after = last.position;
  }
  return { events, next: isBackwards ? until : after };
}

async function readInOrder({ aggregates, loader }: RoomsContext, reader: Reader, positions: readonly number[]): Promise<RoomEvent[]> {
  const events = await readAt(aggregates, loader, reader.room, positions);
  const byPosition = new Map(events.map((event) => [event.position, event]));
  return positions.flatMap((position) => {
    const event = byPosition.get(position);
    return event === undefined ? [] : [reader.showState(event)];
  });
}
