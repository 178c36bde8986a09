import type { HistoryVisibility, Membership, MembershipRow, VisibilityRow } from "./contract.ts";

/** Index of the last row at or before the position; -1 before the first. Rows ascend. */
const lastAt = (rows: readonly { readonly position: number }[], position: number): number => {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.position ?? Infinity) <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

const lastJoin = (rows: readonly MembershipRow[]): number => rows.findLast((row) => row.membership === "join")?.position ?? -Infinity;

const isVisible = (visibility: HistoryVisibility, membership: Membership, joinsLater: boolean): boolean => {
  if (visibility === "world_readable" || membership === "join") return true;
  if (visibility === "shared") return joinsLater;
  return visibility === "invited" && membership === "invite";
};

/**
 * Whether one reader may see the event at a position (Client-Server API, "Room history visibility"). `visibility` are the
 * room's rows, `membership` the reader's own; both ascend by position. Before any row: `shared`, and not a member.
 *
 * A row stands at the position of the event that made it. That event is judged by the state before and by the state after
 * itself, so that a change of visibility or of one's own membership is seen from either side. Under `shared`, any join at or
 * after the event counts.
 */
export const createVisibilityCheck = (
  visibility: readonly VisibilityRow[],
  membership: readonly MembershipRow[],
): ((position: number) => boolean) => {
  const finalJoin = lastJoin(membership);
  const visibleWith = (visibilityIndex: number, membershipIndex: number, position: number): boolean =>
    isVisible(
      visibility[visibilityIndex]?.visibility ?? "shared",
      membership[membershipIndex]?.membership ?? "leave",
      finalJoin >= position,
    );
  return (position) => {
    const seen = lastAt(visibility, position);
    const was = lastAt(membership, position);
    if (visibleWith(seen, was, position)) return true;
    const changesVisibility = visibility[seen]?.position === position;
    const changesMembership = membership[was]?.position === position;
    if (!changesVisibility && !changesMembership) return false;
    return visibleWith(changesVisibility ? seen - 1 : seen, changesMembership ? was - 1 : was, position);
  };
};
