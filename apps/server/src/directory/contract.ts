import type { Actor } from "#kernel";
import type { KnownRoom, RoomFacts, SpaceChild } from "#rooms";

export interface PublicRoomsQuery {
  /** Every word of it must stand in the name, the topic or the alias. */
  readonly term?: string;
  /** Null stands for rooms without a type. */
  readonly roomTypes?: readonly (string | null)[];
  readonly limit?: number;
  readonly since?: string;
}

export interface PublicRoomsPage {
  readonly chunk: readonly RoomFacts[];
  readonly nextBatch: string | undefined;
  readonly previousBatch: string | undefined;
  readonly total: number;
}

export interface HierarchyQuery {
  readonly isSuggestedOnly: boolean;
  readonly maxDepth?: number;
  readonly limit?: number;
  readonly from?: string;
}

export interface HierarchyRoom {
  readonly facts: RoomFacts;
  readonly children: readonly SpaceChild[];
}

export interface HierarchyPage {
  readonly rooms: readonly HierarchyRoom[];
  readonly nextBatch: string | undefined;
}

export interface FoundPerson {
  readonly userId: string;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
}

export interface MutualRooms {
  readonly joined: readonly string[];
  readonly count: number;
  readonly nextBatch: string | undefined;
}

export interface Directory {
  /** Published rooms, those with most members first. @throws MatrixError M_INVALID_PARAM for a broken token */
  listPublicRooms(query: PublicRoomsQuery): Promise<PublicRoomsPage>;
  /** @throws MatrixError M_NOT_FOUND alike for a room that this person may not know of and for none */
  getSummary(actor: Actor, roomIdOrAlias: string): Promise<Pick<KnownRoom, "facts" | "membership">>;
  /** @throws MatrixError M_FORBIDDEN alike for a room that this person may not know of and for none; M_INVALID_PARAM */
  getHierarchy(actor: Actor, roomId: string, query: HierarchyQuery): Promise<HierarchyPage>;
  searchPeople(
    actor: Actor,
    query: { readonly term: string; readonly limit: number },
  ): Promise<{ readonly results: readonly FoundPerson[]; readonly limited: boolean }>;
  /** Rooms that both are in. */
  listMutualRooms(actor: Actor, userId: string, from: string | undefined): Promise<MutualRooms>;
  /** Nothing of this person is found any more. */
  forgetPerson(userId: string): void;
  close(): void;
}
