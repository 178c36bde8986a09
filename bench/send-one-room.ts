// W1b: one room, its members send in a closed loop over c connections, nobody syncs.
import { randomBytes } from "node:crypto";
import { createConnection } from "./connection.ts";
import { checkHistory, type Sent } from "./gates.ts";
import { parseJson, textAt } from "./json-reading.ts";
import { createRoom, describeRefusal, withApi } from "./matrix-api.ts";
import { openWindow, type WindowCost } from "./measured-window.ts";
import { createSendTemplate, markerOf } from "./payload.ts";
import { createSamples, type Samples } from "./percentiles.ts";
import { readHistory } from "./read-history.ts";
import { HISTORY_DEADLINE_MS, MAX_SENDS, type Measurement, SEND_TIMEOUT_MS, type Stage, type Timing } from "./run-result.ts";

/** What the connections of a run share. */
type Loop = { isStopped: boolean; isMeasuring: boolean; total: number; latency: Samples };

type Sender = { acknowledged: Sent[]; ended: Promise<void>; begin(): void; close(): void };

function createSender(stage: Stage, roomId: string, connection: number, run: string, timing: Timing, loop: Loop): Sender {
  const token = stage.tokens[connection % stage.tokens.length] ?? "";
  const template = createSendTemplate(stage.target, { roomId, token, payload: timing.payload, connection, run });
  const acknowledged: Sent[] = [];
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let sentAt = 0;

  function next(): void {
    if (loop.isStopped || loop.total >= MAX_SENDS) return resolve();
    loop.total += 1;
    sentAt = performance.now();
    wire.send(template.stamp(acknowledged.length));
  }

  function onResponse(status: number, body: string, arrivedAt: number): void {
    const json = parseJson(body);
    const eventId = textAt(json, "event_id");
    if (status !== 200 || eventId === undefined) return reject(new Error(describeRefusal("send", { status, json })));
    acknowledged.push({ eventId, marker: markerOf(connection, acknowledged.length) });
    if (loop.isMeasuring) loop.latency.add(arrivedAt - sentAt);
    next();
  }

  const wire = createConnection(stage.target, { onResponse, onFailure: reject }, { timeoutMs: SEND_TIMEOUT_MS, mayResend: true });
  return { acknowledged, ended, begin: next, close: wire.close };
}

const after = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function measure(stage: Stage, loop: Loop, senders: readonly Sender[], timing: Timing): Promise<WindowCost> {
  const ended = Promise.all(senders.map((sender) => sender.ended));
  // Heard now, thrown below: one sender may fail while the others still warm up.
  ended.catch(() => {
    loop.isStopped = true;
  });
  for (const sender of senders) sender.begin();
  await Promise.race([after(timing.warmUpSeconds), ended]);
  const close = openWindow(stage.pids);
  loop.isMeasuring = true;
  // Ends early, with a true rate, if the limit of sends is reached.
  await Promise.race([after(timing.seconds), ended]);
  loop.isMeasuring = false;
  const cost = close();
  loop.isStopped = true;
  await ended;
  return cost;
}

/** Sends over `concurrency` connections, spread over the members; then reads the room back and holds it against the acknowledgements. */
export async function sendToOneRoom(stage: Stage, concurrency: number, timing: Timing): Promise<Measurement> {
  const roomId = await withApi(stage.target, (api) => createRoom(api, stage.tokens));
  const loop: Loop = { isStopped: false, isMeasuring: false, total: 0, latency: createSamples() };
  const run = randomBytes(4).toString("hex");
  const senders = Array.from({ length: concurrency }, (_, index) => createSender(stage, roomId, index, run, timing, loop));
  try {
    const cost = await measure(stage, loop, senders, timing);
    const limits = { messages: loop.total * 2, deadlineMs: HISTORY_DEADLINE_MS };
    const history = await withApi(stage.target, (api) => readHistory(api, roomId, stage.tokens[0] ?? "", limits));
    const acknowledged = senders.map((sender) => sender.acknowledged);
    const latency = loop.latency.summarise();
    return { sends: latency.count, deliveries: 0, latency, clockLatenessMs: undefined, cost, faults: checkHistory(acknowledged, history) };
  } finally {
    for (const sender of senders) sender.close();
  }
}
