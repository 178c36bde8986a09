// W3a: one room, 20 syncers on long-polls, one more member sends on a fixed schedule (open loop). W3c: a thousand syncers, and what
// counts is when the last of them has the message.
import { randomBytes } from "node:crypto";
import { checkDeliveries, checkHistory } from "./gates.ts";
import { type Json, textAt } from "./json-reading.ts";
import { createRoom, withApi } from "./matrix-api.ts";
import { openWindow, type WindowCost } from "./measured-window.ts";
import { type Metronome, startMetronome } from "./metronome.ts";
import { findMarker, sequenceOf } from "./payload.ts";
import { createSamples, type Samples } from "./percentiles.ts";
import { readHistory } from "./read-history.ts";
import { HISTORY_DEADLINE_MS, type Measurement, type Stage, type Timing } from "./run-result.ts";
import { createSenderPool, type SenderPool } from "./sender-pool.ts";
import { startSyncer, type Syncer } from "./syncer.ts";

/** How long after the last send a delivery may still come before it counts as lost. */
const DRAIN_MS = 10_000;
/** Between set-up and the first send, so that all long-polls are held. */
const LEAD_MS = 250;

type Plan = { rate: number; warmUp: number; count: number };

/** What has arrived where, and when. */
function createInbox(syncers: number, plan: Plan, dueAt: (sequence: number) => number, counts: Counts) {
  const received: string[][] = Array.from({ length: syncers }, () => []);
  const latency = createSamples();
  const reached = new Map<number, number>();
  const isCounted = (sequence: number): boolean => {
    if (sequence < plan.warmUp || sequence >= plan.count) return false;
    const readers = (reached.get(sequence) ?? 0) + 1;
    reached.set(sequence, readers);
    return counts === "each" || readers === syncers;
  };
  let total = 0;
  let measured = 0;
  return {
    received,
    latency,
    countReceived: () => total,
    countMeasured: () => measured,
    take(syncer: number, events: readonly Json[], arrivedAt: number): void {
      for (const event of events) {
        const marker = findMarker(event);
        if (marker === undefined) continue;
        received[syncer]?.push(textAt(event, "event_id") ?? "");
        total += 1;
        const sequence = sequenceOf(marker);
        if (sequence >= plan.warmUp && sequence < plan.count) measured += 1;
        if (isCounted(sequence)) latency.add(arrivedAt - dueAt(sequence));
      }
    },
  };
}

/** Which deliveries of a message are timed: each, or that to the syncer who gets it last. */
type Counts = "each" | "last";

type Sending = { metronome: Metronome; lateness: Samples; cost: Promise<WindowCost> };

const after = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));

/** Starts the schedule; `cost` covers the time from the first measured beat to the end of the schedule. */
function startSending(stage: Stage, pool: SenderPool, plan: Plan): Sending {
  const lateness = createSamples();
  const intervalMs = 1000 / plan.rate;
  const metronome = startMetronome(LEAD_MS, intervalMs, plan.count, (beat) => {
    if (beat >= plan.warmUp) lateness.add(performance.now() - metronome.dueAt(beat));
    pool.send(beat);
  });
  const measureCost = async (): Promise<WindowCost> => {
    await after(metronome.dueAt(plan.warmUp) - performance.now());
    const close = openWindow(stage.pids);
    await after(metronome.dueAt(plan.count) - performance.now());
    return close();
  };
  const cost = measureCost();
  // Awaited later; until then a failure of the run may come first.
  cost.catch(() => {});
  metronome.ended.catch(() => {});
  return { metronome, lateness, cost };
}

/** Waits until everything sent is acknowledged and delivered, or until it is too late for that. */
async function drain(isDone: () => boolean, drainMs: number): Promise<void> {
  const deadline = performance.now() + drainMs;
  while (!isDone() && performance.now() < deadline) await after(20);
  // A delivery too many comes a moment after the last one that was expected.
  await after(200);
}

/** Sends `rate` messages a second; latency is counted from the time a send was due to the arrival of each syncer's response with it. */
export async function deliverToSyncers(
  stage: Stage,
  rate: number,
  timing: Timing,
  { drainMs = DRAIN_MS, counts = "each" }: { drainMs?: number; counts?: Counts } = {},
): Promise<Measurement> {
  const [senderToken = "", ...syncerTokens] = stage.tokens;
  const roomId = await withApi(stage.target, (api) => createRoom(api, stage.tokens));
  const warmUp = Math.round(rate * timing.warmUpSeconds);
  const plan: Plan = { rate, warmUp, count: warmUp + Math.round(rate * timing.seconds) };
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});

  let sending: Sending | undefined;
  const inbox = createInbox(syncerTokens.length, plan, (sequence) => sending?.metronome.dueAt(sequence) ?? Number.NaN, counts);
  const parts = { roomId, token: senderToken, payload: timing.payload, run: randomBytes(4).toString("hex") };
  const pool = createSenderPool(stage.target, parts, fail);
  const syncers: Syncer[] = syncerTokens.map((token, index) =>
    startSyncer(stage.target, token, roomId, {
      onEvents: (events, arrivedAt) => inbox.take(index, events, arrivedAt),
      onFailure: fail,
    }),
  );
  try {
    await Promise.race([failed, Promise.all(syncers.map(({ ready }) => ready))]);
    sending = startSending(stage, pool, plan);
    await Promise.race([failed, sending.metronome.ended]);
    const cost = await Promise.race([failed, sending.cost]);
    const expected = plan.count * syncers.length;
    await Promise.race([failed, drain(() => pool.countOpen() === 0 && inbox.countReceived() >= expected, drainMs)]);
    if (pool.countOpen() > 0) throw new Error(`${pool.countOpen()} sends had no answer ${drainMs / 1000} s after the last one was due`);
    const limits = { messages: plan.count * 2, deadlineMs: HISTORY_DEADLINE_MS };
    const history = await withApi(stage.target, (api) => readHistory(api, roomId, senderToken, limits));
    const order = history.map(({ eventId }) => eventId);
    const latency = inbox.latency.summarise();
    return {
      sends: plan.count - plan.warmUp,
      deliveries: inbox.countMeasured(),
      latency,
      clockLatenessMs: sending.lateness.summarise().p99,
      cost,
      faults: [...checkHistory(pool.acknowledged, history), ...checkDeliveries(order, inbox.received)],
    };
  } finally {
    sending?.metronome.stop();
    pool.close();
    for (const syncer of syncers) syncer.close();
  }
}
