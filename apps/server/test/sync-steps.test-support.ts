// How a test follows /sync: always with long polls, never with sleeps.
import assert from "node:assert/strict";
import { at, type Json, type JsonRecord, listAt, ok, recordAt, type Session, textAt } from "@wardroom/testkit";

export interface SyncQuery {
  readonly since?: string;
  readonly timeout?: number;
  /** An id, or a filter to be sent inline. */
  readonly filter?: string | JsonRecord;
  readonly fullState?: boolean;
  readonly stateAfter?: "stable" | "unstable";
}

export const syncQuery = (query: SyncQuery): Record<string, string> => ({
  timeout: String(query.timeout ?? 0),
  ...(query.since === undefined ? {} : { since: query.since }),
  ...(query.filter === undefined ? {} : { filter: typeof query.filter === "string" ? query.filter : JSON.stringify(query.filter) }),
  ...(query.fullState === undefined ? {} : { full_state: String(query.fullState) }),
  ...(query.stateAfter === "stable" ? { use_state_after: "true" } : {}),
  ...(query.stateAfter === "unstable" ? { "org.matrix.msc4222.use_state_after": "true" } : {}),
});

export const sync = async (who: Session, query: SyncQuery = {}): Promise<Json> => ok(await who.get("/sync", syncQuery(query)));

export const nextBatch = (answer: Json): string => textAt(answer, "next_batch");

/** The token of now. */
export const now = async (who: Session): Promise<string> => nextBatch(await sync(who, { filter: { room: { timeline: { limit: 1 } } } }));

export type Section = "join" | "invite" | "leave" | "knock";

/** The room's part of an answer, or undefined. */
export const roomIn = (answer: Json, section: Section, room: string): Json | undefined => at(answer, "rooms", section, room);

export const timelineOf = (answer: Json, room: string, section: Section = "join"): readonly Json[] =>
  listAt(roomIn(answer, section, room), "timeline", "events");

export const stateOf = (answer: Json, room: string, section: Section = "join"): readonly Json[] =>
  listAt(roomIn(answer, section, room), "state", "events");

export const ephemeralOf = (answer: Json, room: string, type: string): JsonRecord | undefined => {
  const found = listAt(roomIn(answer, "join", room), "ephemeral", "events").find((event) => at(event, "type") === type);
  return found === undefined ? undefined : recordAt(found, "content");
};

const FOLLOW_LIMIT_MS = 15_000;

export interface Follower {
  /** Where the next answer goes on. */
  since(): string;
  /** Asks again and again, each time from where the last answer ended, until one is as wanted. @throws AssertionError after 15 s, with all that came */
  until<T>(what: string, find: (answer: Json) => T | undefined | false): Promise<T>;
  /** Every answer since the start, the first included. */
  seen(): readonly Json[];
}

/** Follows somebody's stream from the initial sync, or from a token. */
export async function follow(who: Session, query: SyncQuery = {}): Promise<Follower> {
  const answers = [await sync(who, query)];
  let since = nextBatch(answers[0] ?? null);
  return {
    since: () => since,
    seen: () => answers,
    async until(what, find) {
      const end = performance.now() + FOLLOW_LIMIT_MS;
      const first = answers.length;
      while (performance.now() < end) {
        const answer = await sync(who, { ...query, since, timeout: 3000 });
        answers.push(answer);
        since = nextBatch(answer);
        const found = find(answer);
        if (found !== undefined && found !== false) return found;
      }
      return assert.fail(`${who.name} never saw ${what}. The answers: ${JSON.stringify(answers.slice(first)).slice(0, 3000)}`);
    },
  };
}
