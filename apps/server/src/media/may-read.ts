import type { MediaPorts, MediaSettings } from "./contract.ts";
import type { MediaRow } from "./media-store.ts";
import type { ReferenceRow, ReferenceStore } from "./reference-store.ts";

interface MayReadDeps {
  readonly references: ReferenceStore;
  readonly ports: MediaPorts;
  readonly access: MediaSettings["access"];
  readonly serverName: string;
}

/** Bounds of one question: rows that are looked at, and questions to rooms, each of which may load one. */
const MOST_ROWS = 256;
const MOST_QUESTIONS = 512;
/** Of rooms that the person is not in: some are open to everybody. Each may have to be loaded for the question. */
const MOST_FOREIGN = 8;

export type MayRead = (userId: string, media: MediaRow) => Promise<Grant | undefined>;

/** Why a person may have a file. */
export interface Grant {
  /** The room in which they may see an event that names it; undefined where it took none. */
  readonly roomId: string | undefined;
}

const withoutRoom: Grant = { roomId: undefined };

/**
 * Whether a person may have a file. Whoever uploaded it may. Their present picture is for everybody with an account. Else it takes
 * an event that names the file and that the person may see. Anybody can name a file whose id they learnt in a room of their own,
 * so an event counts only if its sender uploaded the file, or could see it through an event that counted before. A file that
 * its owner never named in clear belongs to an encrypted message, whose content is no business of the server: then it is
 * for those who are in a room with the owner. @NOTSPEC by the specification a token is enough, which `media.access: accounts` restores.
 */
export function createMayRead({ references, ports, access, serverName }: MayReadDeps): MayRead {
  return async (userId, media) => {
    const { media_id: mediaId, owner } = media;
    if (userId === owner || access === "accounts") return withoutRoom;
    const named = await references.listOfOwner(mediaId, owner, MOST_ROWS);
    // Every event that counts goes back to one of the owner's. One that was redacted still says that the file is not an
    // encrypted one: taking it back must not open it to more people.
    const shared =
      named.length === 0 ? await withOwner(ports, userId, owner) : await createJudge(ports, owner, named).grants(userId, named);
    if (shared !== undefined) return shared;
    if ((await ports.avatarOf(owner)) === `mxc://${serverName}/${mediaId}`) return withoutRoom;
    if (named.length === 0) return undefined;
    const others = await references.listOfOthers(mediaId, owner, MOST_ROWS);
    if (others.length === 0) return undefined;
    return createJudge(ports, owner, [...named, ...others].toSorted(byPosition)).grants(userId, others);
  };
}

const withOwner = async (ports: MediaPorts, userId: string, owner: string): Promise<Grant | undefined> =>
  (await ports.shareRoom(userId, owner)) ? withoutRoom : undefined;

const byPosition = (one: ReferenceRow, other: ReferenceRow): number => one.position - other.position;

/** Judges events that name one file. @param all oldest first */
function createJudge(ports: MediaPorts, owner: string, all: readonly ReferenceRow[]) {
  const seen = new Map<string, Promise<boolean>>();
  const counted = new Map<ReferenceRow, Promise<boolean>>();
  const sees = async (userId: string, { room_id: roomId, event_id: eventId }: ReferenceRow): Promise<boolean> => {
    const key = `${userId} ${eventId}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    // Too many to be told in one request; default deny.
    if (seen.size >= MOST_QUESTIONS) return false;
    const answer = ports.maySee(userId, roomId, eventId);
    seen.set(key, answer);
    return answer;
  };
  /** Whether its sender could see the file when they sent it. Goes back in time only, so it ends. */
  const counts = (row: ReferenceRow): Promise<boolean> => {
    const known = counted.get(row);
    if (known !== undefined) return known;
    const answer = row.sender === owner ? Promise.resolve(true) : couldSee(row);
    counted.set(row, answer);
    return answer;
  };
  async function couldSee(row: ReferenceRow): Promise<boolean> {
    const rooms = await ports.roomsOf(row.sender);
    for (const before of all) {
      if (before.position >= row.position) return false;
      if (!rooms.has(before.room_id)) continue;
      const stood = before.redacted_at === null || before.redacted_at > row.position;
      if (stood && (await sees(row.sender, before)) && (await counts(before))) return true;
    }
    return false;
  }
  return {
    /** Which of these lets the person see the file. */
    async grants(userId: string, rows: readonly ReferenceRow[]): Promise<Grant | undefined> {
      const standing = rows.filter(({ redacted_at: at }) => at === null);
      const own = await ports.roomsOf(userId);
      // Rooms that the person knows come first: they are mostly the right ones, and in memory.
      const known = standing.filter((row) => own.has(row.room_id));
      const foreign = standing.filter((row) => !own.has(row.room_id)).slice(0, MOST_FOREIGN);
      for (const row of [...known, ...foreign]) if ((await sees(userId, row)) && (await counts(row))) return { roomId: row.room_id };
      return undefined;
    },
  };
}
