import type { Membership, MembershipRow } from "@wardroom/matrix-core";

/** How a person stood to a room between two positions. */
export interface Standing {
  /** At the end; undefined if there was no row yet. */
  readonly membership: Membership | undefined;
  /** Position of the row that made it so, 0 without one. */
  readonly position: number;
  /** At the beginning. */
  readonly before: Membership | undefined;
  /** First position of the last joined stretch, 0 if there was none. */
  readonly joinedFrom: number;
  /** The position that ended it: the leave itself, which they still see. undefined while they are joined. */
  readonly joinedTo: number | undefined;
  /** True if an earlier joined stretch had begun when the interval began. */
  readonly joinedEarlier: boolean;
}

/** @param rows ascending */
export function standingOf(rows: readonly MembershipRow[], since: number, until: number): Standing {
  let before: Membership | undefined;
  let membership: Membership | undefined;
  let [position, joinedFrom] = [0, 0];
  let joinedTo: number | undefined;
  let joinedEarlier = false;
  for (const row of rows) {
    if (row.position > until) break;
    if (row.position <= since) {
      before = row.membership;
      joinedEarlier ||= row.membership === "join";
    }
    if (row.membership === "join" && membership !== "join") [joinedFrom, joinedTo] = [row.position, undefined];
    if (row.membership !== "join" && membership === "join") joinedTo = row.position;
    [membership, position] = [row.membership, row.position];
  }
  return { membership, position, before, joinedFrom, joinedTo, joinedEarlier };
}

/** Whether they were joined at any moment after `since`. */
export function wasJoinedSince(standing: Standing, since: number): boolean {
  return standing.joinedFrom > 0 && (standing.joinedTo === undefined || standing.joinedTo > since);
}
