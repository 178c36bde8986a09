import type { AuditSink, Clock, Counter, Logger, Random, Timers } from "#kernel";
import type { Keys } from "#keys";
import type { Storage, Write } from "#storage";
import type { Append } from "./append-events.ts";
import type { EventContributions } from "./contract.ts";
import type { DirectoryChanges } from "./directory-feed.ts";
import type { Bundle } from "./bundle-relations.ts";
import type { ThreadFinder } from "./find-thread.ts";
import type { FindVisible } from "./find-visible.ts";
import type { InRoom } from "./in-room.ts";
import type { EventLoader } from "./load-events.ts";
import type { Memberships } from "./memberships.ts";
import type { Profiles } from "./profiles.ts";
import type { PublishedRooms } from "./published-rooms.ts";
import type { RoomActivity } from "./room-activity.ts";
import type { RoomCache } from "./room-cache.ts";
import type { RoomStores } from "./room-stores.ts";
import type { StateReads } from "./state-reads.ts";
import type { ScanTimeline } from "./timeline.ts";
import type { Visibility } from "./visibility.ts";

export interface RoomsDeps extends EventContributions {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  /** Shared with what else is not stored. */
  readonly ephemeral: Counter;
  readonly serverName: string;
  readonly audit: AuditSink<Write>;
  readonly accountExists: (userId: string) => Promise<boolean>;
  /** False for accounts that have ended, and for none. */
  readonly isActive: (userId: string) => Promise<boolean>;
  readonly isDeactivated: (userId: string) => Promise<boolean>;
  /** What other modules keep of a person whose keys are destroyed goes too. Asked again where a stop came in between. */
  readonly onPersonErased?: (userId: string) => Promise<void>;
  /** Whom this person ignores: what they say counts in no aggregation. Nobody, if it is not given. */
  readonly ignoredBy?: (userId: string) => Promise<ReadonlySet<string>>;
  readonly log: Logger;
}

/** The parts that the use cases of this module share; built once in `index.ts`. */
export interface RoomsContext extends RoomsDeps, RoomStores {
  readonly loader: EventLoader;
  readonly cache: RoomCache;
  readonly memberships: Memberships;
  readonly visibility: Visibility;
  readonly bundle: Bundle;
  readonly threads: ThreadFinder;
  readonly findVisible: FindVisible;
  readonly ignoredBy: (userId: string) => Promise<ReadonlySet<string>>;
  readonly stateReads: StateReads;
  readonly scanTimeline: ScanTimeline;
  readonly profiles: Profiles;
  readonly activity: RoomActivity;
  readonly published: PublishedRooms;
  readonly directoryChanges: DirectoryChanges;
  readonly append: Append;
  readonly inRoom: InRoom;
}
