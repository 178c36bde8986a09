import { parseUserId } from "@wardroom/matrix-core";
import { actedBy, type Actor, type AuditSink, MatrixError, type Random } from "#kernel";
import { type Keys, withPersonKey } from "#keys";
import type { Identity } from "#identity";
import { Conflict, retryConflicts, type Storage, type Write } from "#storage";
import type { ToDevice } from "./contract.ts";
import type { ToDeviceMarks } from "./to-device-marks.ts";
import { EVERY_DEVICE, MOST_RECIPIENTS, readMessages, tooLarge, tooManyRecipients } from "./to-device-messages.ts";
import type { DeviceKey, QueueLimits, ToDeviceStore } from "./to-device-store.ts";
import { signedOut } from "./key-errors.ts";

export interface SendToDeviceDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly random: Random;
  readonly serverName: string;
  readonly audit: AuditSink<Write>;
  readonly identity: Pick<Identity, "listDeviceIds" | "expectDevice">;
  readonly store: ToDeviceStore;
  readonly marks: ToDeviceMarks;
  readonly limits: QueueLimits;
  /** After the commit. */
  readonly tell: (userId: string, deviceId: string) => void;
}

interface Delivery extends DeviceKey {
  readonly content: string;
}

/** Of all messages of one request together, after `*` was spelled out: half of what the writer takes as one batch. */
const MOST_BYTES = 2 * 1024 * 1024;
/** A client repeats its last requests, not those of last week. */
const TRANSACTIONS_KEPT = 256;
const MOST_TYPE_AND_ID_BYTES = 255;

export function createSendToDevice(deps: SendToDeviceDeps): ToDevice["sendToDevice"] {
  const { keys, store } = deps;
  return async (actor, { type, transactionId, messages }) => {
    checkId(type, "A type");
    checkId(transactionId, "A transaction id");
    const addressed = readMessages(messages);
    const txn = JSON.stringify([type, transactionId]);
    const write = (to: Delivery) =>
      store.add(to, actor.userId, `{"type":${JSON.stringify(type)},"sender":${JSON.stringify(actor.userId)},"content":${to.content}}`);
    // The same transaction id may come twice at once, or a device go: then it looks again.
    await retryConflicts(async () => {
      if (await store.hasTransaction(actor, txn)) return;
      const deliveries = await resolve(deps, addressed);
      try {
        await withPersonKey(keys, actor.userId, () => commit(deps, { actor, txn, deliveries, write }));
      } catch (error) {
        if (error instanceof Conflict && !(await deps.identity.listDeviceIds(actor.userId)).includes(actor.deviceId)) throw signedOut();
        throw error;
      }
      for (const { userId, deviceId } of deliveries) deps.tell(userId, deviceId);
    });
  };
}

/** The devices that there are at this moment. What is addressed to others, or to other servers' users, goes nowhere. */
async function resolve({ identity, serverName }: SendToDeviceDeps, addressed: ReturnType<typeof readMessages>): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  let bytes = 0;
  for (const { userId, devices } of addressed) {
    if (parseUserId(userId)?.serverName !== serverName) continue;
    const toAll = devices.get(EVERY_DEVICE);
    for (const deviceId of await identity.listDeviceIds(userId)) {
      // One message per device and transaction; its own goes before that for all.
      const content = devices.get(deviceId) ?? toAll;
      if (content === undefined) continue;
      bytes += content.length;
      if (bytes > MOST_BYTES) throw tooLarge(`The messages of a request have at most ${MOST_BYTES} bytes over all devices.`);
      if (deliveries.length === MOST_RECIPIENTS) throw tooManyRecipients();
      deliveries.push({ userId, deviceId, content });
    }
  }
  return deliveries;
}

interface Sending {
  readonly actor: Actor;
  readonly txn: string;
  readonly deliveries: readonly Delivery[];
  readonly write: (to: Delivery) => Write;
}

async function commit(deps: SendToDeviceDeps, { actor, txn, deliveries, write }: Sending): Promise<void> {
  const { storage, store, identity, marks, audit } = deps;
  const { userId, deviceId } = actor;
  // Looking through a full queue costs milliseconds, and a queue is hardly ever full: done for one message in 256 and one request
  // in 32, at random, so that nobody can send just beside it.
  const dice = deps.random.bytes(deliveries.length + 1);
  const writes = [
    // Its transaction ids went with the sender's device: one that is noted after that would swallow a message of who has its id next.
    identity.expectDevice(userId, deviceId),
    store.addTransaction(actor, txn),
    ...((dice.at(-1) ?? 0) < 8 ? [store.trimTransactions(actor, TRANSACTIONS_KEPT)] : []),
    ...deliveries.flatMap((to, index) => [
      // A message for a device that goes at the same time would lie there for ever, or reach who takes its id next.
      identity.expectDevice(to.userId, to.deviceId),
      write(to),
      ...(dice[index] === 0 ? [store.trim(to, deps.limits)] : []),
    ]),
    ...(deliveries.length === 0
      ? []
      : audit.writes({ event: "to-device.sent", ...actedBy(actor), count: deliveries.length, outcome: "done" })),
  ];
  await storage.commit({ writes, positions: 1 }, ({ first }) => {
    for (const to of deliveries) marks.added(to, first);
  });
}

function checkId(id: string, what: string): void {
  if (id === "" || id.includes("\u0000") || !id.isWellFormed() || Buffer.byteLength(id) > MOST_TYPE_AND_ID_BYTES)
    throw new MatrixError("M_INVALID_PARAM", `${what} has 1 to ${MOST_TYPE_AND_ID_BYTES} bytes.`);
}
