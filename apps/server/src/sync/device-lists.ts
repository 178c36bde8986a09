import type { E2eeFeed } from "#e2ee";
import { type MemberMoves, type OwnMembership, type RoomFeed, shareRoom } from "#rooms";
import type { DeviceLists } from "./contract.ts";
import { forEachBounded } from "./pass.ts";
import { type Standing, standingOf } from "./standing.ts";

/** In which rooms people may have come and gone, from one person's view. */
export interface Moves {
  /** Rooms that they were joined to all the time, with events since. */
  readonly moved: readonly string[];
  /** Rooms in which their own membership changed. */
  readonly turned: readonly { readonly roomId: string; readonly standing: Standing }[];
}

/** Whose devices changed for this person between two positions; what changed for everybody is asked once for all who were woken by it. */
export type DeviceListChanges = (after: number, until: number, userId: string) => readonly string[] | Promise<readonly string[]>;

export interface DeviceListsQuery {
  readonly feed: RoomFeed;
  readonly userId: string;
  readonly since: number;
  readonly until: number;
}

const MOST_SHARED = 512;
/** Of so many people it is cheaper to ask who is in the reader's rooms. */
const MANY_PEOPLE = 200;

export function createDeviceListChanges(e2ee: E2eeFeed): DeviceListChanges {
  let shared = new Map<number, Promise<readonly string[]>>();
  let sharedUntil = 0;
  const ofEverybody = (after: number, until: number) => {
    if (until !== sharedUntil || shared.size >= MOST_SHARED) [shared, sharedUntil] = [new Map(), until];
    const known = shared.get(after);
    if (known !== undefined) return known;
    const asked = e2ee.deviceListsChanged(after, until);
    shared.set(after, asked);
    asked.catch(() => shared.delete(after));
    return asked;
  };
  const ask = async (after: number, until: number, userId: string) => {
    const [changed, signed] = await Promise.all([ofEverybody(after, until), e2ee.signedBetween(userId, after, until)]);
    return signed.length === 0 ? changed : [...changed, ...signed];
  };
  return (after, until, userId) => (e2ee.lastDeviceListChange() <= after ? [] : ask(after, until, userId));
}

/**
 * `device_lists` (Client-Server API, "Tracking the device list for a user"). `@NOTSPEC` Any shared room counts, not only encrypted ones:
 * /keys/changes says so, clients skip whom they do not track, and a room that turns encrypted later needs nothing made up for.
 * Who shares a room is judged as of now: what changes after `until` comes with the next answer, never too late.
 */
export async function readDeviceLists(query: DeviceListsQuery, moves: Moves, changes: DeviceListChanges): Promise<DeviceLists> {
  const { userId, since, until } = query;
  const seen: Seen = { surely: new Set(), perhaps: new Set(await changes(since, until, userId)), gone: new Set() };
  await forEachBounded(moves.moved, (roomId) => noteMoves(query, roomId, seen));
  await forEachBounded(moves.turned, (turned) => noteTurn(query, turned, seen));
  const isOwn = seen.perhaps.delete(userId);
  for (const known of [userId, ...seen.surely]) for (const open of [seen.perhaps, seen.gone]) open.delete(known);
  const sharing = await whoShares(query, new Set([...seen.perhaps, ...seen.gone]));
  const changed = [...(isOwn ? [userId] : []), ...seen.surely, ...[...seen.perhaps].filter((id) => sharing.has(id))];
  return { changed, left: [...seen.gone].filter((id) => !sharing.has(id)) };
}

/** Moves of a person of whom no answer is being made. */
export async function findMoves({ feed, userId, since, until }: DeviceListsQuery): Promise<Moves> {
  const moved: string[] = [];
  const changed: OwnMembership[] = [];
  for (const [roomId, own] of await feed.membershipsOf(userId)) {
    if (own.position > since) changed.push(own);
    else if (own.membership === "join" && feed.lastEventPosition(roomId) > since) moved.push(roomId);
  }
  const turned: { readonly roomId: string; readonly standing: Standing }[] = [];
  await forEachBounded(changed, async ({ roomId }) => {
    turned.push({ roomId, standing: standingOf(await feed.membershipRows(roomId, userId), since, until) });
  });
  return { moved, turned };
}

interface Seen {
  /** Are in a room that the reader has come into. */
  readonly surely: Set<string>;
  /** Changed, or came: news if they share a room. */
  readonly perhaps: Set<string>;
  /** Went, or were left behind: news if they share no room. */
  readonly gone: Set<string>;
}

/** At once where memory tells, which is nearly always. */
function noteMoves({ feed, since, until }: DeviceListsQuery, roomId: string, { perhaps, gone }: Seen): Promise<void> | void {
  const note = ({ joined, left }: MemberMoves) => {
    for (const userId of joined) perhaps.add(userId);
    for (const userId of left) gone.add(userId);
  };
  const moves = feed.memberMoves(roomId, since, until);
  if (moves instanceof Promise) return moves.then(note);
  note(moves);
}

async function noteTurn(
  query: DeviceListsQuery,
  { roomId, standing }: { readonly roomId: string; readonly standing: Standing },
  seen: Seen,
): Promise<void> {
  const { feed, userId, since, until } = query;
  const { membership, before, joinedFrom, joinedTo } = standing;
  const isJoined = membership === "join";
  if (isJoined && before === "join" && joinedFrom <= since) return noteMoves(query, roomId, seen);
  if (isJoined) for (const member of await feed.joinedAt(roomId, until)) if (member !== userId) seen.surely.add(member);
  if (before !== "join") return;
  // As the room was while they were in it: who came later is none of their business.
  for (const member of await feed.joinedAt(roomId, since)) seen.gone.add(member);
  if (joinedTo !== undefined) for (const member of await feed.joinedAt(roomId, joinedTo)) seen.gone.add(member);
}

async function whoShares({ feed, userId, until }: DeviceListsQuery, asked: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const sharing = new Set<string>();
  if (asked.size > MANY_PEOPLE) {
    const rooms = [...(await feed.membershipsOf(userId)).values()].filter(({ membership }) => membership === "join");
    await forEachBounded(rooms, async ({ roomId }) => {
      const joined = feed.joinedInMemory(roomId) ?? (await feed.joinedAt(roomId, until));
      for (const member of joined) if (asked.has(member)) sharing.add(member);
    });
    return sharing;
  }
  await forEachBounded([...asked], async (other) => {
    if (await shareRoom(feed, userId, other)) sharing.add(other);
  });
  return sharing;
}
