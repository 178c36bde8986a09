import { MatrixError } from "#kernel";

/** The rooms that the room directory lists, in memory: durable state only. */
export interface PublishedRooms {
  readonly ids: ReadonlySet<string>;
  /** @throws MatrixError M_FORBIDDEN when there is no place for one more */
  admit(): void;
  note(roomId: string, isPublished: boolean): void;
}

/** Each takes about three kilobytes in the index that is searched. */
const MOST_PUBLISHED = 10_000;

export function createPublishedRooms(stored: readonly string[], tell: (roomId: string) => void): PublishedRooms {
  const ids = new Set(stored);
  return {
    ids,
    admit() {
      if (ids.size >= MOST_PUBLISHED) throw new MatrixError("M_FORBIDDEN", `The room directory is full: it lists ${MOST_PUBLISHED} rooms.`);
    },
    note(roomId, isPublished) {
      if (isPublished) ids.add(roomId);
      else ids.delete(roomId);
      tell(roomId);
    },
  };
}
