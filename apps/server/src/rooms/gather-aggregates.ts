import { type AggregateStore, type Child, SLOTS } from "./aggregate-store.ts";
import type { RoomEvent } from "./room-event.ts";
import type { Reader } from "./visibility.ts";

/** For whom, without whom, and up to where children are looked at. */
export interface Pass {
  readonly reader: Reader;
  readonly ignored: ReadonlySet<string>;
  readonly until: number;
}

/** What the children of one event come to, for one reader. Children are named by position. */
export interface Gathered {
  thread?: { readonly count: number; readonly latest: number; readonly participated: boolean };
  edit?: number;
  /** Ids, oldest first. */
  references: string[];
}

/** @returns by position of the parent; parents without children are not in it */
export async function gatherAggregates(
  store: AggregateStore,
  pass: Pass,
  parents: readonly RoomEvent[],
  withThreads: boolean,
): Promise<ReadonlyMap<number, Gathered>> {
  const found = new Map<number, Gathered>();
  const positions = parents.map(({ position }) => position);
  for (let from = 0; from < positions.length; from += SLOTS) {
    const some = positions.slice(from, from + SLOTS);
    const [threads, others] = await Promise.all([
      withThreads ? readThreads(store, pass, some) : [],
      inParts(some, OTHERS_AT_A_TIME, (part) => store.listOthers(part, pass.until)),
    ]);
    for (const part of threads) addThread(found, pass, part);
    for (const child of others) addOther(found, pass, child);
  }
  for (const { references } of found.values()) references.reverse();
  return found;
}

// Each parent may have hundreds of children to look at, and a read comes to this thread in one piece: of five thousand rows at most.
const OTHERS_AT_A_TIME = 25;
const COUNTED_AT_A_TIME = 5;

async function inParts(
  parents: readonly number[],
  size: number,
  read: (part: readonly number[]) => Promise<readonly Child[]>,
): Promise<readonly Child[]> {
  const found: Child[] = [];
  for (let from = 0; from < parents.length; from += size)
    for (const child of await read(parents.slice(from, from + size))) found.push(child);
  return found;
}

interface ThreadPart {
  readonly parent_position: number;
  readonly sender: string;
  readonly count: number;
  readonly newest: number;
}

/** Counted by the store where the reader may see all that follows; else child by child, the newest of them. */
async function readThreads(store: AggregateStore, { reader, until }: Pass, parents: readonly number[]): Promise<readonly ThreadPart[]> {
  if (reader.seesAllFrom(Math.min(...parents))) return store.groupThreads(parents, until);
  const children = await inParts(parents, COUNTED_AT_A_TIME, (part) => store.listThreads(part, until));
  return children
    .filter(({ position }) => reader.sees(position))
    .map(({ parent_position, sender, position }) => ({ parent_position, sender, count: 1, newest: position }));
}

function of(found: Map<number, Gathered>, parent: number): Gathered {
  const known = found.get(parent) ?? { references: [] };
  found.set(parent, known);
  return known;
}

function addThread(found: Map<number, Gathered>, { reader, ignored }: Pass, part: ThreadPart): void {
  if (ignored.has(part.sender)) return;
  const gathered = of(found, part.parent_position);
  const before = gathered.thread ?? { count: 0, latest: 0, participated: false };
  gathered.thread = {
    count: before.count + part.count,
    latest: Math.max(before.latest, part.newest),
    participated: before.participated || part.sender === reader.userId,
  };
}

/** Children come newest first, so the first edit that may be seen is the newest. */
function addOther(found: Map<number, Gathered>, { reader, ignored }: Pass, child: Child): void {
  if (ignored.has(child.sender) || !reader.sees(child.position)) return;
  const gathered = of(found, child.parent_position);
  if (child.rel_type === "m.reference") gathered.references.push(child.event_id);
  else gathered.edit ??= child.position;
}
