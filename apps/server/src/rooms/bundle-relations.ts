import type { AggregateStore } from "./aggregate-store.ts";
import type { EventLoader } from "./load-events.ts";
import { gatherAggregates, type Gathered, type Pass } from "./gather-aggregates.ts";
import { readAt } from "./read-at.ts";
import type { ReaderView, RoomEvent } from "./room-event.ts";
import type { Reader } from "./visibility.ts";

export interface BundleDeps {
  readonly aggregates: AggregateStore;
  readonly loader: EventLoader;
  readonly ignoredBy: (userId: string) => Promise<ReadonlySet<string>>;
}

/**
 * The events of a page with the aggregations of their children in `unsigned` (Client-Server API, "Aggregations of child events"),
 * of children up to `until` that this reader may see and that nobody whom they ignore has sent. The same list if there are none;
 * no read if every event is newer than the room's last child.
 */
export type Bundle = (reader: Reader, events: readonly RoomEvent[], until?: number) => Promise<readonly RoomEvent[]>;

export function createBundle(deps: BundleDeps): Bundle {
  return async (reader, events, until = reader.room.durable.position) => {
    const parents = candidates(reader, events);
    if (parents.length === 0) return events;
    const ignored = await deps.ignoredBy(reader.userId);
    const pass: Pass = { reader, ignored, until };
    const found = await gatherAggregates(deps.aggregates, pass, parents, true);
    if (found.size === 0) return events;
    const children = await readChildren(deps, pass, found);
    return attach(events, found, children);
  };
}

/** Of the newest edits, and of the newest events in threads, of one page: small events can have large children. */
const MOST_BYTES = 1024 * 1024;

type Children = ReadonlyMap<number, RoomEvent>;

/** State events get no bundled aggregations (specification). */
function candidates({ room }: Reader, events: readonly RoomEvent[]): readonly RoomEvent[] {
  return events.filter(({ stateKey, position }) => stateKey === undefined && position < room.durable.lastRelation);
}

/** The newest events of threads, with their own edits and references, and the newest edits. Threads are not nested, so this ends here. */
async function readChildren(deps: BundleDeps, pass: Pass, found: ReadonlyMap<number, Gathered>): Promise<Children> {
  const aggregates = [...found.values()];
  const latest = await readShown(deps, pass, present(aggregates.map(({ thread }) => thread?.latest)));
  const inThreads = await gatherAggregates(deps.aggregates, pass, candidates(pass.reader, latest), false);
  const edits = await readShown(deps, pass, present([...aggregates, ...inThreads.values()].map(({ edit }) => edit)));
  const byPosition = new Map(edits.map((event) => [event.position, event]));
  for (const event of attach(latest, inThreads, byPosition)) byPosition.set(event.position, event);
  return byPosition;
}

async function readShown({ aggregates, loader }: BundleDeps, { reader }: Pass, positions: readonly number[]): Promise<RoomEvent[]> {
  return present((await readAt(aggregates, loader, reader.room, positions, MOST_BYTES)).map((event) => reader.show(event)));
}

const present = <T>(values: readonly (T | undefined)[]): T[] => values.filter((value) => value !== undefined);

function attach(events: readonly RoomEvent[], found: ReadonlyMap<number, Gathered>, children: Children): readonly RoomEvent[] {
  return events.map((event) => {
    const aggregate = found.get(event.position);
    const relations = aggregate === undefined ? undefined : relationsOf(event, aggregate, children);
    return relations === undefined ? event : event.withRelations(relations, aggregate?.thread !== undefined);
  });
}

/** Parts of `m.relations` as text; the children in the same form as the event. */
function relationsOf(event: RoomEvent, { thread, edit, references }: Gathered, children: Children): ReaderView["relations"] {
  const latest = thread === undefined ? undefined : children.get(thread.latest);
  // What was redacted is not brought back by its edits ("Redactions of edited events").
  const newest = edit === undefined || event.parts.redaction !== undefined ? undefined : children.get(edit);
  if (latest === undefined && newest === undefined && references.length === 0) return undefined;
  return (reader, form) => {
    const parts: string[] = [];
    if (thread !== undefined && latest !== undefined) {
      const participated = thread.participated || event.sender === reader.userId;
      parts.push(
        `"m.thread":{"latest_event":${latest.clientJson(reader, form)},"count":${thread.count},"current_user_participated":${participated}}`,
      );
    }
    if (newest !== undefined) parts.push(`"m.replace":${newest.clientJson(reader, form)}`);
    if (references.length > 0) parts.push(`"m.reference":{"chunk":${JSON.stringify(references.map((id) => ({ event_id: id })))}}`);
    return `{${parts.join(",")}}`;
  };
}
