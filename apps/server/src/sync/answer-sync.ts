import type { AccountData } from "#account-data";
import type { E2eeFeed } from "#e2ee";
import { type Actor, type Clock, type Logger, RawJson, type Timers } from "#kernel";
import type { Presence } from "#presence";
import type { RoomFeed } from "#rooms";
import type { Storage } from "#storage";
import { type Answer, type AnswerSources, assembleAnswer } from "./answer.ts";
import { createPositionGate } from "./await-position.ts";
import type { ChangeBell } from "./change-bell.ts";
import type { StreamToken, Sync, SyncRequest, UnreadOf } from "./contract.ts";
import { keyCounts } from "./device-section.ts";
import { createDeviceListChanges } from "./device-lists.ts";
import { isIgnored } from "./ignored-users.ts";
import { isCurrent } from "./is-current.ts";
import { createLazyMembers } from "./lazy-members.ts";
import type { Pass } from "./pass.ts";
import { createSharedTimelines } from "./shared-timelines.ts";
import type { StreamTokens } from "./stream-token.ts";
import { createSyncFilters, type SyncFilter } from "./sync-filter.ts";

export interface AnswerSyncDependencies {
  readonly feed: RoomFeed;
  readonly accountData: AccountData;
  readonly e2ee: E2eeFeed;
  readonly presence: Presence;
  readonly unread: UnreadOf;
  readonly storage: Pick<Storage, "durablePosition" | "onCommitted">;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  readonly bell: ChangeBell;
  readonly tokens: StreamTokens;
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
  const { accountData, storage, timers, bell, tokens, presence, e2ee } = dependencies;
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
  const acknowledge = createAcknowledge(dependencies);
  const isHeavy = ({ since, fullState }: Question) =>
    since === undefined || fullState || storage.durablePosition() - since.position > FAR_BACK;
  const lookFirst = async (question: Question, beginHeavyRead: () => Promise<() => void>) => {
    if (!isHeavy(question)) return look(question);
    const leave = await beginHeavyRead();
    return look(question).finally(leave);
  };
  const answer = async (question: Question, timeoutMs: number, signal: AbortSignal, beginHeavyRead: () => Promise<() => void>) => {
    const { actor, since, fullState } = question;
    if (since === undefined || fullState || !(timeoutMs > 0)) return (await lookFirst(question, beginHeavyRead)).answer.text;
    const watch = bell.watch(actor, timeoutMs, signal);
    try {
      watch.rearm();
      let seen = (await isCurrent(dependencies, actor, since)) ? undefined : await lookFirst(question, beginHeavyRead);
      while (seen?.answer.isEmpty !== false && (await watch.changed())) {
        watch.rearm();
        // From where the empty look ended: read from the client's token each time, what a filter hides would be read again at
        // every wake-up, by as many requests as somebody keeps waiting with an old token.
        seen = await look(question, seen);
      }
      return (seen ?? (await look(question))).answer.text;
    } finally {
      watch.close();
    }
  };

  return async (actor, request, signal, beginHeavyRead = unbounded) => {
    const question = await ask(actor, request, signal);
    const timeoutMs = Math.min(request.timeoutMs ?? 0, LONGEST_WAIT_MS);
    const disconnect = presence.connect(actor, request.setPresence ?? "online");
    const acknowledged = acknowledge(question);
    try {
      const text = await answer(question, timeoutMs, signal, beginHeavyRead);
      // After the wait, and once: a change of these wakes nobody, but what is said must be so.
      return new RawJson(`{${text},${await keyCounts(actor, e2ee)}}`);
    } finally {
      disconnect();
      await acknowledged;
    }
  };
}

/** Who presents a token has what came before it. The look does not wait for their deletion: it begins behind them. */
function createAcknowledge({ e2ee, log }: Pick<AnswerSyncDependencies, "e2ee" | "log">) {
  return async ({ actor, since }: Question): Promise<void> => {
    try {
      if (since !== undefined && (await e2ee.mayHaveToDevice(actor, 0))) await e2ee.acknowledgeToDevice(actor, since.toDevice);
    } catch (error) {
      // They stay, and the next token deletes them.
      log.warn({ reason: error instanceof Error ? error.name : "unknown" }, "delivered messages to a device were not deleted");
    }
  };
}

interface Look {
  readonly answer: Answer;
  /** Up to here, and here included, everything has been looked at. */
  readonly until: number;
  /** The counter of what is not stored, likewise. */
  readonly ephemeral: number;
}

/** @returns a look at what came after `from`; the client's token says what else the client knows */
function createLook({ feed, unread, storage, clock, tokens, ...rest }: AnswerSyncDependencies) {
  const lazyMembers = createLazyMembers();
  const shared = createSharedTimelines(clock);
  const sources: AnswerSources = { ...rest, deviceListChanges: createDeviceListChanges(rest.e2ee) };
  storage.onCommitted(() => shared.clear());
  return async ({ since, ...question }: Question, from?: Look): Promise<Look> => {
    // First of all, and once: what is read afterwards may be newer, and is then cut off at this position.
    const until = storage.durablePosition();
    const ephemeral = feed.ephemeralCounter();
    const { actor, filter } = question;
    const ignored = await rest.accountData.ignoredUsers(actor.userId);
    const pass: Pass = {
      ...question,
      feed,
      unread,
      ignored,
      matches: matcherOf(filter, ignored),
      since: from?.until ?? since?.position ?? 0,
      until,
      initial: since === undefined,
      toDeviceSince: from?.answer.toDevice ?? since?.toDevice ?? 0,
      typingSince: typingSinceOf(since),
      presenceSince: from?.ephemeral ?? presenceSinceOf(since),
      members: lazyMembers.of(actor.userId, actor.deviceId, filter.id, since?.position),
      shared,
      // They acknowledge nothing: whoever goes on from one of these has not seen the messages to their device.
      prevBatch: (position) => tokens.format({ position, ephemeral: undefined, toDevice: 0 }),
    };
    const leave = shared.enter();
    const presence = sources.presence.isOn ? ephemeral : undefined;
    const nextBatch = (nobodyTypes: boolean, toDevice: number) =>
      tokens.format({
        position: until,
        // If the counter moved meanwhile, a list with somebody on it may be in the answer, although by now nobody types.
        ephemeral: nobodyTypes && feed.ephemeralCounter() === ephemeral ? undefined : ephemeral,
        toDevice,
        presence,
      });
    return { until, ephemeral, answer: await assembleAnswer(pass, sources, nextBatch).finally(leave) };
  };
}

function matcherOf({ timeline: { matches } }: SyncFilter, ignored: ReadonlySet<string>): Pass["matches"] {
  if (ignored.size === 0) return matches;
  return (event) => !isIgnored(ignored, event) && (matches?.(event) ?? true);
}

function typingSinceOf(since: StreamToken | undefined): number | undefined {
  if (since?.ephemeral === undefined) return undefined;
  return since.sameBoot ? since.ephemeral : -1;
}

function presenceSinceOf(since: StreamToken | undefined): Pass["presenceSince"] {
  if (since?.presence === undefined) return undefined;
  return since.sameBoot ? since.presence : "reset";
}
