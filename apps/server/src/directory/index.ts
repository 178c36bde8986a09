import type { Identity } from "#identity";
import { faultText, type Logger } from "#kernel";
import type { Rooms } from "#rooms";
import type { Directory } from "./contract.ts";
import { createHierarchy } from "./hierarchy.ts";
import { createMutualRooms } from "./mutual-rooms.ts";
import { createPeopleIndex } from "./people-index.ts";
import { createPublicRooms } from "./public-rooms.ts";
import { createSearchPeople } from "./search-people.ts";
import { createSummaries } from "./summaries.ts";

export type * from "./contract.ts";

export interface DirectoryDeps {
  readonly rooms: Rooms;
  readonly identity: Identity;
  readonly log: Logger;
  readonly serverName: string;
  /** Whom a search finds. */
  readonly searches: "shared-rooms" | "everyone";
}

/** Begins to read who there is; the first search waits for it. */
export function createDirectory(deps: DirectoryDeps): Directory {
  const { rooms, identity, log, searches } = deps;
  const index = createPeopleIndex({ feed: rooms.people, identity, withRooms: searches === "shared-rooms" });
  let isClosed = false;
  index.load().catch((error: unknown) => {
    if (!isClosed) log.warn({ reason: faultText(error) }, "the index of people could not be read; the next search tries again");
  });
  return {
    listPublicRooms: createPublicRooms(rooms.known),
    getSummary: createSummaries(rooms),
    getHierarchy: createHierarchy(rooms.known),
    searchPeople: createSearchPeople({ ...deps, index }),
    listMutualRooms: createMutualRooms(rooms.feed),
    forgetPerson: (userId) => index.remove(userId),
    close() {
      isClosed = true;
      index.close();
    },
  };
}
