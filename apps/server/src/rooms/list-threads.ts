import { redact } from "@wardroom/matrix-core";
import type { Rooms } from "./contract.ts";
import { readAt } from "./read-at.ts";
import type { ThreadRow } from "./relation-page-store.ts";
import { RoomEvent } from "./room-event.ts";
import { stateEnd } from "./room-reads.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Reader } from "./visibility.ts";

/** Threads of which nothing may be seen are passed over, so many reads at most. */
const MOST_ROUNDS = 10;

/** `GET …/threads`: roots, the thread with the newest event first. */
export function createListThreads(context: RoomsContext): Rooms["listThreads"] {
  const { visibility, relationPages, ignoredBy } = context;
  return async (actor, roomId, query) => {
    const reader = await visibility.reader(actor.userId, roomId);
    const until = Math.min(stateEnd(reader), reader.room.durable.position);
    const ignored = await ignoredBy(actor.userId);
    const chunk: string[] = [];
    let before = Math.min(query.from ?? until, until);
    for (let round = 0; round < MOST_ROUNDS && chunk.length < query.limit; round += 1) {
      const wanted = query.limit - chunk.length;
      const limit = wanted + 1;
      const rows = await relationPages.listThreads(
        { room_id: roomId, until, before, limit },
        query.participated ? actor.userId : undefined,
      );
      const page = rows.slice(0, wanted);
      const roots = await readRoots(context, reader, page, until, ignored);
      chunk.push(...roots.map((event) => event.clientJson(actor, "room")));
      if (rows.length < limit) return { chunk, next: undefined };
      before = (page.at(-1)?.newest ?? before) - 1;
    }
    return { chunk, next: before };
  };
}

/** In the order of the rows. Only threads of which this reader sees the root and something in it. */
async function readRoots(
  { aggregates, loader, bundle }: RoomsContext,
  reader: Reader,
  rows: readonly ThreadRow[],
  until: number,
  ignored: ReadonlySet<string>,
): Promise<readonly RoomEvent[]> {
  const events = await readAt(
    aggregates,
    loader,
    reader.room,
    rows.map(({ root }) => root),
  );
  const shown = events.flatMap((event) => {
    const visible = reader.show(ignored.has(event.sender) ? emptied(event) : event);
    return visible ?? [];
  });
  const bundled = await bundle(reader, shown, until);
  const byPosition = new Map(bundled.filter(({ hasThread }) => hasThread).map((event) => [event.position, event]));
  return rows.flatMap(({ root }) => byPosition.get(root) ?? []);
}

/** What somebody ignored has begun is there without their words, as the specification wants it here. */
function emptied(event: RoomEvent): RoomEvent {
  return new RoomEvent({ ...event.parts, pdu: redact(event.pdu, event.parts.version) });
}
