import type { Actor } from "#kernel";
import type { Membership } from "@wardroom/matrix-core";

/** What people who are not in a room may be told of it, where they may know of it at all. Texts are short. */
export interface RoomFacts {
  readonly roomId: string;
  readonly version: string;
  readonly name: string | undefined;
  readonly topic: string | undefined;
  readonly avatarUrl: string | undefined;
  readonly canonicalAlias: string | undefined;
  readonly roomType: string | undefined;
  readonly encryption: string | undefined;
  readonly joinRule: string;
  /** Of a restricted room: whose members may join. */
  readonly allowedRooms: readonly string[];
  readonly guestCanJoin: boolean;
  readonly isWorldReadable: boolean;
  readonly joined: number;
}

/** A room that a space names among its own. */
export interface SpaceChild {
  readonly roomId: string;
  /** Undefined where the space gives none, or an invalid one. */
  readonly order: string | undefined;
  readonly isSuggested: boolean;
  readonly via: readonly string[];
  readonly sender: string;
  readonly originServerTs: number;
}

/** A room that this person may know of. */
export interface KnownRoom {
  readonly facts: RoomFacts;
  /** Their own; undefined for strangers. */
  readonly membership: Membership | undefined;
  /** Valid children in the order of the specification; of a room that is no space, none. */
  children(): Promise<readonly SpaceChild[]>;
}

export interface KnownRooms {
  /** Undefined alike for a room that this person may not know of and for one that does not exist. */
  find(actor: Actor, roomId: string): Promise<KnownRoom | undefined>;
  /** Rooms in the room directory. */
  published(): ReadonlySet<string>;
  findPublished(roomId: string): Promise<RoomFacts | undefined>;
  /** Called after the facts of a room may have changed, or it came into the directory or left it. */
  readonly onChange: (listener: (roomId: string) => void) => void;
}

/** What an index of people is made from: durable state, a page at a time, and what changes afterwards in the order of commits. */
export interface PeopleFeed {
  listNames(after: string, limit: number): Promise<PeoplePage<{ readonly userId: string; readonly name: string }>>;
  listJoined(
    after: { readonly userId: string; readonly roomId: string },
    limit: number,
  ): Promise<readonly { readonly userId: string; readonly roomId: string }[]>;
  readonly onMembership: (listener: (userId: string, roomId: string, isJoined: boolean) => void) => void;
  readonly onName: (listener: (userId: string, name: string | undefined) => void) => void;
}

export interface PeoplePage<Row> {
  readonly rows: readonly Row[];
  /** Where the next page begins; undefined after the last. */
  readonly next: string | undefined;
}
