import type { JsonObject } from "@wardroom/matrix-core";
import type { Actor } from "#kernel";
import type { Rooms } from "./contract.ts";
import type { SearchQuery, SearchResult } from "./search-contract.ts";
import type { RoomsContext } from "./rooms-context.ts";
import { bytesOf } from "./room.ts";
import { wordsOf } from "./search-text.ts";
import { createSearchWalk, type Hit } from "./search-walk.ts";
import type { Reader } from "./visibility.ts";

/** `POST …/search`, without an index: the words on disk are sealed, and so would an index have to be. */
export function createSearchEvents(context: RoomsContext): Pick<Rooms, "searchEvents"> {
  const walk = createSearchWalk(context);
  return {
    async searchEvents(actor, query) {
      const { hits, next } = await walk(actor, query);
      const results: SearchResult[] = [];
      let left = MOST_BYTES;
      for (const hit of hits) {
        const result = await present(context, actor, hit, left > 0 ? query : withoutContext(query));
        left -= sizeOf(result);
        results.push(result);
      }
      const state = new Map<string, readonly string[]>();
      left = MOST_BYTES;
      if (query.withState) for (const { reader } of hits) left -= await addState(context, actor, { reader, hits, state, left });
      return { results, words: wordsOf(query.term), next, state };
    },
  };
}

/** What stands around fifty messages, and the state of fifty rooms, could be a gigabyte together. Of each so much, and the rest without. */
const MOST_BYTES = 4 * 1024 * 1024;

const withoutContext = ({ context, ...query }: SearchQuery): SearchQuery =>
  context === undefined ? query : { ...query, context: { ...context, before: 0, after: 0 } };

const sizeOf = ({ json, context }: SearchResult): number =>
  [json, ...(context?.before ?? []), ...(context?.after ?? [])].reduce((sum, text) => sum + text.length, 0);

async function present(context: RoomsContext, actor: Actor, hit: Hit, { context: wanted }: SearchQuery): Promise<SearchResult> {
  const { event, reader, rank } = hit;
  const result = {
    roomId: reader.room.roomId,
    eventId: event.eventId,
    sender: event.sender,
    rank,
    json: event.clientJson(actor, "room"),
  };
  return wanted === undefined ? result : { ...result, context: await contextOf(context, actor, hit, wanted) };
}

/** Through the same check as everything else that is read of a room. */
async function contextOf(
  { scanTimeline, stateReads }: RoomsContext,
  actor: Actor,
  { event, reader }: Hit,
  wanted: NonNullable<SearchQuery["context"]>,
): Promise<NonNullable<SearchResult["context"]>> {
  const { position } = event;
  const scan = (direction: "b" | "f", range: { after: number; until: number }, limit: number) =>
    limit === 0 ? { events: [] } : scanTimeline(reader, { direction, ...range, limit });
  const { events: before } = await scan("b", { after: 0, until: position - 1 }, wanted.before);
  const { events: after } = await scan("f", { after: position, until: Number.MAX_SAFE_INTEGER }, wanted.after);
  const senders = [...new Set([event, ...before, ...after].map(({ sender }) => sender))];
  const members = wanted.profiles ? await stateReads.members(reader.room, position, senders) : [];
  const profiles = members.flatMap(({ stateKey, content }) => (stateKey === undefined ? [] : [[stateKey, profileIn(content)] as const]));
  return {
    before: before.map((one) => one.clientJson(actor, "room")),
    after: after.map((one) => one.clientJson(actor, "room")),
    start: (before.at(-1)?.position ?? position) - 1,
    end: after.at(-1)?.position ?? position,
    profiles: wanted.profiles ? Object.fromEntries(profiles) : undefined,
  };
}

function profileIn({ displayname, avatar_url: avatar }: JsonObject): JsonObject {
  return {
    ...(typeof displayname === "string" ? { displayname } : {}),
    ...(typeof avatar === "string" && avatar.startsWith("mxc://") ? { avatar_url: avatar } : {}),
  };
}

interface StateOf {
  readonly reader: Reader;
  readonly hits: readonly Hit[];
  readonly state: Map<string, readonly string[]>;
  readonly left: number;
}

/**
 * `@NOTSPEC` Of the members only those whose words were found: a search must not carry ten thousand of them. A room whose state does
 * not fit is left out. @returns bytes, about
 */
async function addState({ stateReads }: RoomsContext, actor: Actor, { reader, hits, state, left }: StateOf): Promise<number> {
  const { room, stateUntil } = reader;
  if (state.has(room.roomId) || stateUntil === undefined || left <= 0) return 0;
  const senders = new Set(hits.filter((hit) => hit.reader === reader).map(({ event }) => event.sender));
  const [others, members] = await Promise.all([
    stateReads.withoutMembers(room, stateUntil),
    stateReads.members(room, stateUntil, [...senders]),
  ]);
  const bytes = bytesOf([...others, ...members]);
  if (bytes > left) return 0;
  state.set(
    room.roomId,
    [...others, ...members].map((event) => reader.showState(event).clientJson(actor, "room")),
  );
  return bytes;
}
