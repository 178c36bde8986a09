import { createConnection } from "./connection.ts";
import type { Sent } from "./gates.ts";
import { parseJson, textAt } from "./json-reading.ts";
import { describeRefusal } from "./matrix-api.ts";
import { createSendTemplate, markerOf, type SendTemplateParts } from "./payload.ts";
import { SEND_TIMEOUT_MS } from "./run-result.ts";
import type { Target } from "./target.ts";

/** Enough for 200 sends/s at 0.3 s each; beyond it sends queue here, and the waiting counts as latency. */
const CONNECTIONS = 64;

export type SenderPool = {
  /** Sends the message with this number over a free connection, or as soon as one is free. */
  send(sequence: number): void;
  /** Per connection, in order of acknowledgement. */
  acknowledged: readonly Sent[][];
  /** How many sends have no answer yet, the queued ones included. */
  countOpen(): number;
  close(): void;
};

/** Connections of one member for an open loop: a send leaves when it is due, whether or not the one before is answered. */
export function createSenderPool(
  target: Target,
  parts: Omit<SendTemplateParts, "connection">,
  onFailure: (error: Error) => void,
): SenderPool {
  const waiting: number[] = [];
  const acknowledged: Sent[][] = [];
  let open = 0;

  const connections = Array.from({ length: CONNECTIONS }, (_, index) => {
    const template = createSendTemplate(target, { ...parts, connection: 0 });
    const sent: Sent[] = [];
    acknowledged.push(sent);
    let current = 0;
    const send = (sequence: number): void => {
      current = sequence;
      wire.send(template.stamp(sequence));
    };
    const onResponse = (status: number, body: string): void => {
      const json = parseJson(body);
      const eventId = textAt(json, "event_id");
      if (status !== 200 || eventId === undefined) return onFailure(new Error(describeRefusal("send", { status, json })));
      open -= 1;
      sent.push({ eventId, marker: markerOf(0, current) });
      const next = waiting.shift();
      if (next === undefined) free.push(index);
      else send(next);
    };
    const wire = createConnection(target, { onResponse, onFailure }, { timeoutMs: SEND_TIMEOUT_MS, mayResend: true });
    return { send, close: wire.close };
  });
  // The last one used is used first: few connections stay warm, the others stay unopened.
  const free = connections.map((_, index) => index).toReversed();

  return {
    send(sequence) {
      open += 1;
      const index = free.pop();
      if (index === undefined) waiting.push(sequence);
      else connections[index]?.send(sequence);
    },
    acknowledged,
    countOpen: () => open,
    close() {
      waiting.length = 0;
      for (const connection of connections) connection.close();
    },
  };
}
