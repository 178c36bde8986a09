import type { AccountData } from "#account-data";
import { type Actor, type Clock, RawJson, type Timers } from "#kernel";
import type { RoomFeed } from "#rooms";
import type { Storage } from "#storage";
import { type Answer, assembleAnswer } from "./answer.ts";
import { createPositionGate } from "./await-position.ts";
import type { ChangeBell } from "./change-bell.ts";
import type { StreamToken, Sync, SyncRequest, UnreadOf } from "./contract.ts";
import { createLazyMembers } from "./lazy-members.ts";
import type { Pass } from "./pass.ts";
import { createSharedTimelines } from "./shared-timelines.ts";
import type { StreamTokens } from "./stream-token.ts";
import { createSyncFilters, type SyncFilter } from "./sync-filter.ts";

export interface AnswerSyncDependencies {
  readonly feed: RoomFeed;
  readonly accountData: AccountData;
  readonly storage: Pick<Storage, "durablePosition" | "onCommitted">;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly bell: ChangeBell;
  readonly tokens: StreamTokens;
  readonly unread: UnreadOf;
}

/** What one request asks for, read and checked. */
interface Question {
  readonly actor: Actor;
  readonly filter: SyncFilter;
  /** undefined: an initial sync. */
  readonly since: StreamToken | undefined;
  readonly afresh: boolean;
  readonly fullState: boolean;
  readonly stateAfterKey: Pass["stateAfterKey"];
}

const LONGEST_WAIT_MS = 60_000;
/** Tokens can be kept and invented: one from far back is as much work as none at all. Counted in positions of the feed. */
const FAR_BACK = 10_000;
const unbounded = () => Promise.resolve(() => {});
const stateAfterKeys = { stable: "state_after", unstable: "org.matrix.msc4222.state_after" } as const;

export function createAnswerSync(dependencies: AnswerSyncDependencies): Sync["sync"] {
  const { accountData, storage, timers, bell, tokens } = dependencies;
  const filters = createSyncFilters(accountData);
  const gate = createPositionGate(storage, timers);

  const ask = async (actor: Actor, request: SyncRequest, signal: AbortSignal): Promise<Question> => {
    const token = request.since === undefined ? undefined : tokens.parse(request.since);
    const filter = await filters.resolve(actor.userId, request.filter);
    // A token of another store, or from a future that does not come: what the client has cannot be continued.
    const afresh = token !== undefined && !(token.sameGeneration && (await gate.reached(actor.userId, token.position, signal)));
    return {
      actor,
      filter,
      since: afresh ? undefined : token,
      afresh,
      fullState: request.fullState ?? false,
      stateAfterKey: request.useStateAfter === undefined ? undefined : stateAfterKeys[request.useStateAfter],
    };
  };

  const look = createLook(dependencies);
  const isHeavy = ({ since, fullState }: Question) =>
    since === undefined || fullState || storage.durablePosition() - since.position > FAR_BACK;
  const lookFirst = async (question: Question, beginHeavyRead: () => Promise<() => void>) => {
    if (!isHeavy(question)) return look(question);
    const leave = await beginHeavyRead();
    return look(question).finally(leave);
  };

  return async (actor, request, signal, beginHeavyRead = unbounded) => {
    const question = await ask(actor, request, signal);
    const timeoutMs = Math.min(request.timeoutMs ?? 0, LONGEST_WAIT_MS);
    if (question.since === undefined || question.fullState || !(timeoutMs > 0)) {
      return new RawJson((await lookFirst(question, beginHeavyRead)).answer.text);
    }
    const watch = bell.watch(actor, timeoutMs, signal);
    try {
      watch.rearm();
      let { answer, until } = await lookFirst(question, beginHeavyRead);
      while (answer.isEmpty && (await watch.changed())) {
        watch.rearm();
        // From where the empty look ended: read from the client's token each time, what a filter hides would be read again at
        // every wake-up, by as many requests as somebody keeps waiting with an old token.
        ({ answer, until } = await look(question, until));
      }
      return new RawJson(answer.text);
    } finally {
      watch.close();
    }
  };
}

interface Look {
  readonly answer: Answer;
  /** Up to here, and here included, everything has been looked at. */
  readonly until: number;
}

/** @returns a look at what came after `from`; the client's token says what else the client knows */
function createLook({ feed, accountData, storage, clock, tokens, unread }: AnswerSyncDependencies) {
  const lazyMembers = createLazyMembers();
  const shared = createSharedTimelines(clock);
  storage.onCommitted(() => shared.clear());
  return async ({ since, ...question }: Question, from = since?.position ?? 0): Promise<Look> => {
    // First of all, and once: what is read afterwards may be newer, and is then cut off at this position.
    const until = storage.durablePosition();
    const ephemeral = feed.ephemeralCounter();
    const { actor, filter } = question;
    const pass: Pass = {
      ...question,
      feed,
      since: from,
      until,
      initial: since === undefined,
      typingSince: typingSinceOf(since),
      members: lazyMembers.of(actor.userId, actor.deviceId, filter.id, since?.position),
      shared,
      unread,
      prevBatch: (position) => tokens.format(position, undefined),
    };
    const leave = shared.enter();
    const nextBatch = (nobodyTypes: boolean) =>
      // If the counter moved meanwhile, a list with somebody on it may be in the answer, although by now nobody types.
      tokens.format(until, nobodyTypes && feed.ephemeralCounter() === ephemeral ? undefined : ephemeral);
    return { until, answer: await assembleAnswer(pass, accountData, nextBatch).finally(leave) };
  };
}

function typingSinceOf(since: StreamToken | undefined): number | undefined {
  if (since?.ephemeral === undefined) return undefined;
  return since.sameBoot ? since.ephemeral : -1;
}
