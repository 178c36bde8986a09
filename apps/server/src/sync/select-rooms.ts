import type { Membership } from "@wardroom/matrix-core";
import type { OwnMembership } from "#rooms";
import { isTypingNews } from "./ephemeral.ts";
import type { Moves } from "./device-lists.ts";
import { forEachBounded, type Pass } from "./pass.ts";
import { type Standing, standingOf } from "./standing.ts";

/** What the answer has to say about one room. */
export type Visit = JoinVisit | LeaveVisit | StrippedVisit;

export interface JoinVisit {
  readonly kind: "join";
  readonly roomId: string;
  /** The client does not have this room: send all of it as if new. */
  readonly fresh: boolean;
  /** Joined without a break at least since here. */
  readonly joinedFrom: number;
  /** They had been joined before, left, and are back. */
  readonly returned: boolean;
}

export interface LeaveVisit {
  readonly kind: "leave";
  readonly roomId: string;
  /** undefined: nothing happened but that the person's own data of the room changed. */
  readonly standing: Standing | undefined;
  readonly forgotten: boolean;
}

export interface StrippedVisit {
  readonly kind: "invite" | "knock";
  readonly roomId: string;
  /** Position of the invite or knock. */
  readonly position: number;
}

export interface Selection extends Moves {
  readonly visits: readonly Visit[];
}

/**
 * Which rooms to look at. Rooms in which nothing happened are passed over without waiting for anything; only where the
 * reader's own membership changed since the token are their rows read.
 */
export async function selectRooms(
  pass: Pass,
  memberships: ReadonlyMap<string, OwnMembership>,
  withAccountData: ReadonlyMap<string, unknown>,
): Promise<Selection> {
  const visits: Visit[] = [];
  const changed: OwnMembership[] = [];
  const moved: string[] = [];
  const turned: { readonly roomId: string; readonly standing: Standing }[] = [];
  for (const [roomId, own] of memberships) {
    // What a filter hides of a room is not hidden of the devices of its people.
    const isWanted = pass.filter.allowsRoom(roomId);
    if (!pass.initial && own.membership === "join" && pass.feed.lastEventPosition(roomId) > pass.since) moved.push(roomId);
    if (mustReadRows(pass, own)) changed.push(own);
    else if (isWanted) visits.push(...(pass.initial ? visitAtFirst(own) : visitQuiet(pass, own, withAccountData.has(roomId))));
  }
  await forEachBounded(changed, async (own) => {
    const { roomId } = own;
    const standing = standingOf(await pass.feed.membershipRows(roomId, pass.actor.userId), pass.since, pass.until);
    turned.push({ roomId, standing });
    if (pass.filter.allowsRoom(roomId)) visits.push(...visitChanged(pass, own, standing));
  });
  return { visits, turned, moved: changed.length === 0 ? moved : withoutTurned(moved, turned) };
}

function withoutTurned(moved: readonly string[], turned: Selection["turned"]): readonly string[] {
  const ids = new Set(turned.map(({ roomId }) => roomId));
  return moved.filter((roomId) => !ids.has(roomId));
}

/** The row in memory is as of now; what counts is the one as of `until`. */
function mustReadRows(pass: Pass, own: OwnMembership): boolean {
  if (own.position > pass.until) return true;
  if (!pass.initial) return own.position > pass.since;
  return isGone(own.membership) && pass.filter.includeLeave && !own.forgotten;
}

function hasNews(pass: Pass, roomId: string): boolean {
  const { feed, since, fullState } = pass;
  return (
    fullState || feed.lastEventPosition(roomId) > since || feed.lastReceiptPosition(roomId) > since || isTypingNews(pass, roomId, false)
  );
}

const isGone = (membership: Membership | undefined) => membership === "leave" || membership === "ban";

function visitQuiet(pass: Pass, own: OwnMembership, hasAccountData: boolean): readonly Visit[] {
  const { roomId, membership, forgotten } = own;
  if (membership === "join") return hasAccountData || hasNews(pass, roomId) ? [quietJoin(own)] : [];
  return hasAccountData && isGone(membership) && !forgotten ? [{ kind: "leave", roomId, standing: undefined, forgotten }] : [];
}

const quietJoin = (own: OwnMembership): Visit => ({
  kind: "join",
  roomId: own.roomId,
  fresh: false,
  joinedFrom: own.position,
  returned: false,
});

function visitAtFirst({ roomId, membership, position }: OwnMembership): readonly Visit[] {
  if (membership === "join") return [{ kind: "join", roomId, fresh: true, joinedFrom: position, returned: false }];
  return membership === "invite" || membership === "knock" ? [{ kind: membership, roomId, position }] : [];
}

function visitChanged(pass: Pass, own: OwnMembership, standing: Standing): readonly Visit[] {
  const { roomId } = own;
  const isNew = pass.initial || standing.position > pass.since;
  switch (standing.membership) {
    case "join": {
      const fresh = pass.initial || standing.before !== "join";
      return [{ kind: "join", roomId, fresh, joinedFrom: standing.joinedFrom, returned: fresh && standing.joinedEarlier }];
    }
    case "invite":
    case "knock":
      return isNew ? [{ kind: standing.membership, roomId, position: standing.position }] : [];
    case "leave":
    case "ban":
      // An initial sync tells of rooms left long ago only if asked, and of forgotten ones never.
      if (pass.initial && (own.forgotten || !pass.filter.includeLeave)) return [];
      return isNew ? [{ kind: "leave", roomId, standing, forgotten: own.forgotten }] : [];
    default:
      return [];
  }
}
