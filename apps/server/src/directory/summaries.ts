import { MatrixError } from "#kernel";
import type { Rooms } from "#rooms";
import type { Directory } from "./contract.ts";

export function createSummaries({ known, resolveAlias }: Pick<Rooms, "known" | "resolveAlias">): Directory["getSummary"] {
  return async (actor, roomIdOrAlias) => {
    const roomId = roomIdOrAlias.startsWith("#") ? await resolveAlias(roomIdOrAlias) : roomIdOrAlias;
    const room = roomId === undefined ? undefined : await known.find(actor, roomId);
    if (room === undefined) throw new MatrixError("M_NOT_FOUND", "There is no such room.");
    return room;
  };
}
