import { type Logger, type OutboundAnswer, type OutboundHttp, OutboundRefused, type Timers } from "#kernel";
import type { BuildRequest, Notice, PushRequest } from "./notification-body.ts";
import type { PusherRow } from "./pusher-store.ts";

/** Sends to gateways, in the background. */
export interface GatewayQueue {
  /** The newest notice of a pusher takes the place of one that waits: a client that is woken fetches all there is. */
  offer(row: PusherRow, notice: Notice): void;
  drop(row: PusherRow): void;
  close(): void;
}

export interface GatewayQueueDeps {
  readonly build: BuildRequest;
  readonly outbound: OutboundHttp;
  readonly timers: Timers;
  readonly log: Logger;
  readonly onRejected: (row: PusherRow) => Promise<void>;
}

interface Lane {
  readonly row: PusherRow;
  waiting: Notice | undefined;
  isSending: boolean;
  failures: number;
  timer: { cancel(): void } | undefined;
}

const MOST_SENDING = 64;
/** Pushers may lead to gateways that never answer: neither one person nor one place takes all of the above. */
const MOST_PER_PERSON = 2;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 3_600_000;
/** Entries looked at when a place has become free; those that may not go yet move to the end. */
const MOST_LOOKED_AT = 200;

export function createGatewayQueue(deps: GatewayQueueDeps): GatewayQueue {
  const lanes = new Map<PusherRow, Lane>();
  const ready = new Set<Lane>();
  const perPerson = new Map<string, number>();
  const closing = new AbortController();
  let sending = 0;

  const take = (): Lane | undefined => {
    let looked = 0;
    for (const lane of ready) {
      ready.delete(lane);
      if ((perPerson.get(lane.row.user_id) ?? 0) < MOST_PER_PERSON) return lane;
      ready.add(lane);
      if ((looked += 1) >= Math.min(MOST_LOOKED_AT, ready.size)) return undefined;
    }
    return undefined;
  };
  const pump = (): void => {
    while (sending < MOST_SENDING && !closing.signal.aborted) {
      const lane = take();
      if (lane === undefined) return;
      void run(lane);
    }
  };
  const count = (userId: string, step: number): void => {
    sending += step;
    const own = (perPerson.get(userId) ?? 0) + step;
    if (own === 0) perPerson.delete(userId);
    else perPerson.set(userId, own);
  };
  const run = async (lane: Lane): Promise<void> => {
    const notice = lane.waiting;
    if (notice === undefined) return;
    const { user_id: userId } = lane.row;
    lane.waiting = undefined;
    lane.isSending = true;
    count(userId, 1);
    const isDone = await attempt(deps, lane.row, notice, closing.signal);
    count(userId, -1);
    lane.isSending = false;
    if (lanes.get(lane.row) === lane) settle(lane, notice, isDone);
    pump();
  };
  const settle = (lane: Lane, notice: Notice, isDone: boolean): void => {
    if (isDone) {
      lane.failures = 0;
      if (lane.waiting === undefined) lanes.delete(lane.row);
      else ready.add(lane);
      return;
    }
    lane.waiting ??= notice;
    lane.failures += 1;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(lane.failures - 1, 20));
    lane.timer = deps.timers.after(wait, () => {
      lane.timer = undefined;
      ready.add(lane);
      pump();
    });
  };
  return {
    offer(row, notice) {
      const lane = lanes.get(row) ?? { row, waiting: undefined, isSending: false, failures: 0, timer: undefined };
      lanes.set(row, lane);
      lane.waiting = notice;
      if (!lane.isSending && lane.timer === undefined) ready.add(lane);
      pump();
    },
    drop(row) {
      const lane = lanes.get(row);
      if (lane === undefined) return;
      lane.timer?.cancel();
      lanes.delete(row);
      ready.delete(lane);
    },
    close() {
      closing.abort();
      for (const lane of lanes.values()) lane.timer?.cancel();
      ready.clear();
    },
  };
}

/** @returns false if it is to be tried again */
async function attempt(
  { build, outbound, log, onRejected }: GatewayQueueDeps,
  row: PusherRow,
  notice: Notice,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const request = await build(row, notice);
    if (request === undefined || signal.aborted) return true;
    const answer = await outbound.post(request.url, request.json, signal);
    if (isRejected(answer, request)) await onRejected(row);
    // What the gateway does not take now it may take later; what it refuses it refuses again.
    return !(answer.status >= 500 || answer.status === 429 || answer.status === 408);
  } catch (error) {
    if (signal.aborted || error instanceof OutboundRefused) return true;
    // Without its message: that may name what only this network knows.
    log.info(
      { userId: row.user_id, appId: row.app_id, error: error instanceof Error ? error.name : "?" },
      "a push gateway was not reached",
    );
    return false;
  }
}

function isRejected({ status, body }: OutboundAnswer, { pushkey }: PushRequest): boolean {
  if (status < 200 || status > 299 || body === undefined) return false;
  try {
    const answer: unknown = JSON.parse(body);
    const listed: unknown = typeof answer === "object" && answer !== null && "rejected" in answer ? answer.rejected : undefined;
    return Array.isArray(listed) && listed.includes(pushkey);
  } catch {
    return false;
  }
}
