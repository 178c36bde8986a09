import { type Actor, MatrixError } from "#kernel";
import type { KnownRooms } from "./directory-contract.ts";
import type { Memberships } from "./memberships.ts";

export const notInRoom = (): MatrixError => new MatrixError("M_FORBIDDEN", "You are not in this room.");

/**
 * Lets somebody try something in a room. Where they are refused and may not know that the room is there, they hear what they would
 * hear if it were not: the rule that refused them, or what is wrong with their event, would tell.
 */
export type Conceal = <T>(actor: Actor, roomId: string, refusal: () => MatrixError, attempt: () => Promise<T>) => Promise<T>;

export function createConceal(known: Pick<KnownRooms, "find">, memberships: Memberships): Conceal {
  return async (actor, roomId, refusal, attempt) => {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof MatrixError) || error.code === "M_LIMIT_EXCEEDED") throw error;
      const hasBeenThere = (await memberships.find(actor.userId, roomId)) !== undefined;
      if (hasBeenThere || (await known.find(actor, roomId)) !== undefined) throw error;
      throw refusal();
    }
  };
}
