import { isJsonObject, type JsonObject, parseJson } from "@wardroom/matrix-core";
import { type Actor, MatrixError } from "#kernel";
import type { HandlerDeps } from "../handler.ts";

/** The type of account data that holds a room's tags. */
export const TAGS = "m.tag";

/** Who enters the room that replaced another finds their tags there (Client-Server API, "Room Upgrades"), unless they have set some. */
export async function carryTags({ rooms, accountData }: Pick<HandlerDeps, "rooms" | "accountData">, actor: Actor, roomId: string) {
  const predecessor = await rooms.predecessorOf(actor, roomId);
  if (predecessor === undefined) return;
  const tags = await findTags(accountData, actor.userId, predecessor);
  if (tags !== undefined) await accountData.update(actor.userId, roomId, TAGS, (before) => (before === undefined ? tags : undefined));
}

export async function findTags(accountData: HandlerDeps["accountData"], userId: string, roomId: string): Promise<JsonObject | undefined> {
  try {
    const content = parseJson(await accountData.get(userId, roomId, TAGS), { floats: true });
    return isJsonObject(content) ? content : undefined;
  } catch (error) {
    if (error instanceof MatrixError && error.code === "M_NOT_FOUND") return undefined;
    throw error;
  }
}
