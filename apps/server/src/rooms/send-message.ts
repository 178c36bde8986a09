import { type JsonObject, membershipOf, ownString } from "@wardroom/matrix-core";
import { type Actor, MatrixError } from "#kernel";
import type { AppendOptions, Submitted } from "./append-events.ts";
import type { EventInput } from "./event-input.ts";
import type { Rooms } from "./contract.ts";
import { nothingToDo } from "./in-room.ts";
import { encodeTransaction } from "./load-events.ts";
import type { Room } from "./room.ts";
import type { RoomsContext } from "./rooms-context.ts";

/** How a client's transaction id is kept: the same id from the same device for the same request is the same event. */
interface Transaction {
  readonly actor: Actor;
  readonly roomId: string;
  readonly transactionId: string;
  readonly key: string;
}

type Decide = (room: Room) => Promise<Submitted>;

/** Runs a decision once per transaction id. A retry of one still in flight waits for the first. */
type Once = (transaction: Transaction, decide: Decide) => Promise<string>;

const MOST_ID_BYTES = 255;

function createOnce({ events, inRoom }: Pick<RoomsContext, "events" | "inRoom">): Once {
  const running = new Map<string, Promise<string>>();
  async function perform({ actor, roomId, key }: Transaction, decide: Decide): Promise<string> {
    let earlier: string | undefined;
    const made = await inRoom(roomId, async (room) => {
      const row = await events.findByTransaction({ sender: actor.userId, device_id: actor.deviceId, room_id: roomId, txn: key });
      earlier = row?.event_id;
      return earlier === undefined ? decide(room) : nothingToDo(room);
    });
    const eventId = earlier ?? made.at(-1)?.eventId;
    if (eventId === undefined) throw new Error("a transaction made no event");
    return eventId;
  }
  return (transaction, decide) => {
    const { actor, roomId, transactionId, key } = transaction;
    if (Buffer.byteLength(transactionId) > MOST_ID_BYTES)
      throw new MatrixError("M_INVALID_PARAM", "The transaction id has more than 255 bytes.");
    const name = JSON.stringify([actor.userId, actor.deviceId, roomId, key]);
    const first = running.get(name);
    if (first !== undefined) return first;
    const started = perform(transaction, decide).finally(() => running.delete(name));
    running.set(name, started);
    return started;
  };
}

/** `PUT …/send/{eventType}/{txnId}` and `PUT …/redact/{eventId}/{txnId}`. */
export function createSendMessage(context: RoomsContext): Pick<Rooms, "sendMessage" | "redactEvent"> {
  const { append, loader, events } = context;
  const once = createOnce(context);

  async function findTarget(actor: Actor, room: Room, eventId: string) {
    // Before the look-up: which events exist is no stranger's business.
    if (membershipOf(actor.userId, room.decided.state) !== "join") throw new MatrixError("M_FORBIDDEN", "You are not in this room.");
    const row = await events.findEvent(eventId);
    if (row?.room_id !== room.roomId) throw new MatrixError("M_NOT_FOUND", "There is no such event in this room.");
    return loader.open(row, room.version);
  }
  async function redact(actor: Actor, room: Room, eventId: string, content: JsonObject, sentBy: NonNullable<AppendOptions["sentBy"]>) {
    const target = await findTarget(actor, room, eventId);
    // What no longer counts for the client must not depend on the room version: the target goes where this version keeps it.
    const input: EventInput = room.version.redactsInContent
      ? { type: "m.room.redaction", sender: actor.userId, content: { ...content, redacts: eventId } }
      : { type: "m.room.redaction", sender: actor.userId, content, redacts: eventId };
    return append(room, [input], { actor, sentBy, target });
  }
  return {
    async sendMessage(actor, { roomId, type, content, transactionId }) {
      const key = encodeTransaction("send", type, transactionId);
      const sentBy = { userId: actor.userId, deviceId: actor.deviceId, transactionId, key };
      const eventId = await once({ actor, roomId, transactionId, key }, (room) => {
        if (type === "m.room.redaction") return redact(actor, room, redactionTarget(content), content, sentBy);
        return append(room, [{ type, sender: actor.userId, content }], { actor, sentBy });
      });
      return { eventId };
    },
    async redactEvent(actor, { roomId, eventId, reason, transactionId }) {
      const key = encodeTransaction("redact", eventId, transactionId);
      const sentBy = { userId: actor.userId, deviceId: actor.deviceId, transactionId, key };
      const content = reason === undefined ? {} : { reason };
      return { eventId: await once({ actor, roomId, transactionId, key }, (room) => redact(actor, room, eventId, content, sentBy)) };
    },
  };
}

function redactionTarget(content: JsonObject): string {
  const target = ownString(content, "redacts");
  if (target === undefined) throw new MatrixError("M_BAD_JSON", "A redaction names its target in `redacts`.");
  return target;
}
