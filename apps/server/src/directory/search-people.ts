import { type Actor, nextTurn } from "#kernel";
import type { Identity } from "#identity";
import type { Rooms } from "#rooms";
import type { Directory, FoundPerson } from "./contract.ts";
import type { PeopleIndex, Person } from "./people-index.ts";
import { parsePersonQuery, type PersonQuery, rankPerson } from "./rank-person.ts";

interface SearchDeps {
  readonly index: PeopleIndex;
  readonly rooms: Pick<Rooms, "feed" | "getProfile">;
  readonly identity: Pick<Identity, "isActive">;
  readonly serverName: string;
  readonly searches: "shared-rooms" | "everyone";
}

/** About two milliseconds' worth. */
const AT_A_TIME = 2500;
const MOST_TRIES = 3;

/**
 * @NOTSPEC The specification would also find everybody who is in a public room. In a house where most rooms are open to the
 * staff that is nearly everybody, and an operator who wants it says `everyone`: being in an open room is no leave to be looked up.
 */
export function createSearchPeople(deps: SearchDeps): Directory["searchPeople"] {
  return async (actor, { term, limit }) => {
    const query = parsePersonQuery(term, deps.serverName);
    if (query.words.length === 0) return { results: [], limited: false };
    await deps.index.load();
    const isFindable = await findableBy(deps, actor);
    for (let tries = 1; ; tries += 1) {
      // One more than is asked for shows whether there are more.
      const best = await findBest(deps.index, query, limit + 1, isFindable);
      const active = await Promise.all(best.map(({ userId }) => deps.identity.isActive(userId)));
      if (active.includes(false) && tries < MOST_TRIES) {
        for (const [at, { userId }] of best.entries()) if (active[at] === false) deps.index.remove(userId);
        continue;
      }
      const found = best.filter((_, at) => active[at] === true);
      const results = await Promise.all(found.slice(0, limit).map(({ userId }) => present(deps, userId)));
      return { results, limited: found.length > limit };
    }
  };
}

async function findableBy({ rooms, searches }: SearchDeps, { userId }: Actor): Promise<(person: Person) => boolean> {
  if (searches === "everyone") return (person) => person.userId !== userId;
  const own = await rooms.feed.membershipsOf(userId);
  return (person) => person.userId !== userId && person.rooms.some((roomId) => own.get(roomId)?.membership === "join");
}

interface Ranked {
  readonly userId: string;
  readonly rank: number;
}

/** Keeps only the best few while it looks at everybody: a term of one letter fits nearly all. */
async function findBest(
  index: PeopleIndex,
  query: PersonQuery,
  most: number,
  isFindable: (person: Person) => boolean,
): Promise<readonly Ranked[]> {
  const best: Ranked[] = [];
  let seen = 0;
  for (const person of index.people()) {
    if ((seen += 1) % AT_A_TIME === 0) await nextTurn();
    const rank = rankPerson(person, query);
    if (rank === undefined) continue;
    const ranked = { userId: person.userId, rank };
    const last = best.at(-1);
    if (best.length === most && last !== undefined && compare(ranked, last) > 0) continue;
    if (!isFindable(person)) continue;
    const at = best.findIndex((other) => compare(ranked, other) < 0);
    best.splice(at < 0 ? best.length : at, 0, ranked);
    if (best.length > most) best.pop();
  }
  return best;
}

const compare = (one: Ranked, other: Ranked): number => one.rank - other.rank || (one.userId < other.userId ? -1 : 1);

async function present({ rooms }: SearchDeps, userId: string): Promise<FoundPerson> {
  const { displayname, avatar_url: avatar } = await rooms.getProfile(userId);
  return {
    userId,
    displayName: typeof displayname === "string" ? displayname : undefined,
    avatarUrl: typeof avatar === "string" && avatar.startsWith("mxc://") ? avatar : undefined,
  };
}
