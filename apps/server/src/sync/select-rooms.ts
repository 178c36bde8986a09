import type { Membership } from "@wardroom/matrix-core";
import type { OwnMembership } from "#rooms";
import { isTypingNews } from "./ephemeral.ts";
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
  readonly standing: Standing;
  readonly forgotten: boolean;
}

export interface StrippedVisit {
  readonly kind: "invite" | "knock";
  readonly roomId: string;
  /** Position of the invite or knock. */
  readonly position: number;
}

/**
 * Which rooms to look at. Rooms in which nothing happened are passed over without waiting for anything; only where the
 * reader's own membership changed since the token are their rows read.
 */
export async function selectRooms(
  pass: Pass,
  memberships: ReadonlyMap<string, OwnMembership>,
  withAccountData: ReadonlyMap<string, unknown>,
): Promise<readonly Visit[]> {
  const visits: Visit[] = [];
  const changed: OwnMembership[] = [];
  for (const [roomId, own] of memberships) {
    if (!pass.filter.allowsRoom(roomId)) continue;
    if (mustReadRows(pass, own)) changed.push(own);
    else if (pass.initial) visits.push(...visitAtFirst(own));
    else if (own.membership === "join" && (withAccountData.has(roomId) || hasNews(pass, roomId))) visits.push(quietJoin(own));
  }
  await forEachBounded(changed, async (own) => {
    const rows = await pass.feed.membershipRows(own.roomId, pass.actor.userId);
    visits.push(...visitChanged(pass, own, standingOf(rows, pass.since, pass.until)));
  });
  return visits;
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
