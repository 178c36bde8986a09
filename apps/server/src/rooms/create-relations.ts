import type { Keys } from "#keys";
import { createBundle } from "./bundle-relations.ts";
import type { Rooms } from "./contract.ts";
import { createFindByTime } from "./find-by-time.ts";
import { createThreadFinder } from "./find-thread.ts";
import { createListRelations } from "./list-relations.ts";
import { createListThreads } from "./list-threads.ts";
import type { EventLoader } from "./load-events.ts";
import { createGetContext } from "./read-context.ts";
import { createRelate } from "./relate-events.ts";
import type { RoomStores } from "./room-stores.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Visibility } from "./visibility.ts";

interface RelationsDeps extends RoomStores {
  readonly keys: Keys;
  readonly loader: EventLoader;
  readonly visibility: Visibility;
  readonly ignoredBy: (userId: string) => Promise<ReadonlySet<string>>;
}

/** What other parts of the module know of relations by. */
export function createRelations(deps: RelationsDeps) {
  return { relate: createRelate(deps), bundle: createBundle(deps), threads: createThreadFinder(deps.relations) };
}

/** What stands around an event: its children, its room's threads, what came before and after, and when. */
export function createRelationReads(context: RoomsContext): Pick<Rooms, "listRelations" | "listThreads" | "getContext" | "findByTime"> {
  return {
    listRelations: createListRelations(context),
    listThreads: createListThreads(context),
    getContext: createGetContext(context),
    findByTime: createFindByTime(context),
  };
}
