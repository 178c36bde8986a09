import { type Actor, MatrixError } from "#kernel";

/** What belongs to one person is touched by that person only. @throws MatrixError M_FORBIDDEN. */
export function requireSelf(actor: Actor, userId: string): void {
  if (actor.userId !== userId) throw new MatrixError("M_FORBIDDEN", "This belongs to another user.");
}
