import { isJsonObject, type JsonObject, own, ownObject } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { findTags, TAGS } from "./carry-tags.ts";
import { requireSelf } from "./require-self.ts";

type Names = "getRoomTags" | "setRoomTag" | "deleteRoomTag";

const MOST_TAGS = 100;

/** Tags are one value of account data, so that sync tells them like any other (Client-Server API, "Room Tagging"). */
export function tagsHandlers({ accountData }: HandlerDeps): Pick<Handlers, Names> {
  const change = (userId: string, roomId: string, decide: (tags: Map<string, JsonObject>) => boolean) =>
    accountData.update(userId, roomId, TAGS, (before) => {
      const tags = tagsOf(before);
      return decide(tags) ? { ...before, tags: Object.fromEntries(tags) } : undefined;
    });
  return {
    async getRoomTags({ actor, params: { userId, roomId } }) {
      requireSelf(actor, userId);
      return { tags: Object.fromEntries(tagsOf(await findTags(accountData, userId, roomId))) };
    },

    async setRoomTag({ actor, params: { userId, roomId, tag }, body }) {
      requireSelf(actor, userId);
      checkOrder(body);
      await change(userId, roomId, (tags) => {
        tags.set(tag, body);
        if (tags.size > MOST_TAGS) throw new MatrixError("M_TOO_LARGE", `A room has at most ${MOST_TAGS} tags.`);
        return true;
      });
      return {};
    },

    async deleteRoomTag({ actor, params: { userId, roomId, tag } }) {
      requireSelf(actor, userId);
      await change(userId, roomId, (tags) => tags.delete(tag));
      return {};
    },
  };
}

/** A map: a tag may be called `constructor`. What a client stored in another shape under this type counts as no tag. */
function tagsOf(content: JsonObject | undefined): Map<string, JsonObject> {
  const entries = Object.entries(ownObject(content, "tags") ?? {});
  return new Map(entries.filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1])));
}

/** @throws MatrixError M_INVALID_PARAM */
function checkOrder(tag: JsonObject): void {
  const order = own(tag, "order");
  if (order === undefined || (typeof order === "number" && order >= 0 && order <= 1)) return;
  throw new MatrixError("M_INVALID_PARAM", "order: is not a number between 0 and 1.");
}
