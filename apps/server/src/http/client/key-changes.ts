import type { HandlerDeps, Handlers } from "../handler.ts";

type Names = "getKeysChanges";

export function keyChangesHandlers({ sync }: HandlerDeps): Pick<Handlers, Names> {
  return {
    async getKeysChanges({ actor, query }) {
      const { changed, left } = await sync.keyChanges(actor, query.from, query.to);
      return { changed: [...changed], left: [...left] };
    },
  };
}
