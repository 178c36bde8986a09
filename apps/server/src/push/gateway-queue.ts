import { describeFault, type Logger, type OutboundAnswer, type OutboundHttp, OutboundRefused, type Timers } from "#kernel";
import type { BuildRequest, Notice, PushRequest } from "./notification-body.ts";
import type { PusherRow } from "./pusher-store.ts";
import { createSendingPlaces } from "./sending-places.ts";

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

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 3_600_000;

export function createGatewayQueue(deps: GatewayQueueDeps): GatewayQueue {
  const lanes = new Map<PusherRow, Lane>();
  const closing = new AbortController();
  const places = createSendingPlaces<Lane>(({ row }) => row.user_id, run);

  async function run(lane: Lane): Promise<void> {
    const notice = lane.waiting;
    if (notice === undefined || closing.signal.aborted) return;
    lane.waiting = undefined;
    lane.isSending = true;
    const isDone = await attempt(deps, lane.row, notice, closing.signal);
    lane.isSending = false;
    if (lanes.get(lane.row) !== lane) return;
    if (isDone) succeed(lane);
    else wait(lane, notice);
  }
  function succeed(lane: Lane): void {
    lane.failures = 0;
    if (lane.waiting === undefined) lanes.delete(lane.row);
    else places.enter(lane);
  }
  function wait(lane: Lane, notice: Notice): void {
    lane.waiting ??= notice;
    lane.failures += 1;
    const milliseconds = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(lane.failures - 1, 20));
    lane.timer = deps.timers.after(milliseconds, () => {
      lane.timer = undefined;
      places.enter(lane);
    });
  }
  return {
    offer(row, notice) {
      const lane = lanes.get(row) ?? { row, waiting: undefined, isSending: false, failures: 0, timer: undefined };
      lanes.set(row, lane);
      lane.waiting = notice;
      if (!lane.isSending && lane.timer === undefined) places.enter(lane);
    },
    drop(row) {
      const lane = lanes.get(row);
      if (lane === undefined) return;
      lane.timer?.cancel();
      lanes.delete(row);
      places.leave(lane);
    },
    close() {
      closing.abort();
      for (const lane of lanes.values()) lane.timer?.cancel();
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
    // Without its message: that may name what only this network knows. The code tells a bad certificate from a cable.
    const { error: name, code } = describeFault(error);
    log.info({ userId: row.user_id, appId: row.app_id, error: name, code }, "a push gateway was not reached");
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
