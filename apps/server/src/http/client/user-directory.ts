import type { HandlerDeps, Handlers } from "../handler.ts";
import { withoutUndefined } from "./without-undefined.ts";

type Names = "searchUserDirectory" | "getMutualRooms";

const MOST_FOUND = 50;

export function userDirectoryHandlers({ directory }: HandlerDeps): Pick<Handlers, Names> {
  return {
    async searchUserDirectory({ actor, body }) {
      const { results, limited } = await directory.searchPeople(actor, {
        term: body.search_term,
        limit: Math.min(body.limit, MOST_FOUND),
      });
      return {
        results: results.map(({ userId, displayName, avatarUrl }) => ({
          user_id: userId,
          ...withoutUndefined({ display_name: displayName, avatar_url: avatarUrl }),
        })),
        limited,
      };
    },
    async getMutualRooms({ actor, query }) {
      const { joined, count, nextBatch } = await directory.listMutualRooms(actor, query.user_id, query.from);
      return { joined: [...joined], count, ...withoutUndefined({ next_batch: nextBatch }) };
    },
  };
}
