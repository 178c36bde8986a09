import type { JsonObject, Pdu, RoomVersion } from "@wardroom/matrix-core";
import type { Actor } from "#kernel";
import type { FeedEvent } from "./contract.ts";

/** Where an event stands in the feed: 0 until its commit tells. Shared with events that refer to it. */
interface Place {
  position: number;
}

/** Which device sent an event, and under which transaction id. */
export interface SentBy {
  readonly userId: string;
  readonly deviceId: string;
  readonly transactionId: string;
}

/** The redaction that emptied an event. */
export interface Redaction {
  readonly eventId: string;
  readonly place: Place;
  /** Client form. */
  readonly text: string;
}

/** The state event that another one replaced. Not the event itself: a chain of them would keep every old state in memory. */
export interface Replaced {
  readonly eventId: string;
  readonly content: JsonObject;
  readonly place: Place;
}

export interface RoomEventParts {
  readonly roomId: string;
  readonly eventId: string;
  readonly version: RoomVersion;
  /** As readers may have it: the redacted form if it was redacted or its person erased. */
  readonly pdu: Pdu;
  readonly place: Place;
  readonly sentBy: SentBy | undefined;
  readonly replaced: Replaced | undefined;
  readonly redaction: Redaction | undefined;
  /** Bytes that it takes in memory, about. */
  readonly size: number;
}

/** One event in memory. Its client text is made at first read and kept: readers get it by joining strings. */
export class RoomEvent implements FeedEvent {
  readonly parts: RoomEventParts;
  #body: string | undefined;
  #unsigned: string | undefined;
  #sync: string | undefined;

  constructor(parts: RoomEventParts) {
    this.parts = parts;
  }

  get position(): number {
    return this.parts.place.position;
  }
  get eventId(): string {
    return this.parts.eventId;
  }
  get pdu(): Pdu {
    return this.parts.pdu;
  }
  get type(): string {
    return this.parts.pdu.type;
  }
  get stateKey(): string | undefined {
    return this.parts.pdu.state_key;
  }
  get sender(): string {
    return this.parts.pdu.sender;
  }
  get content(): JsonObject {
    return this.parts.pdu.content;
  }
  get originServerTs(): number {
    return this.parts.pdu.origin_server_ts;
  }

  clientJson(reader: Actor, form: "room" | "sync" | "federation"): string {
    const { sentBy } = this.parts;
    const isOwn = sentBy !== undefined && sentBy.userId === reader.userId && sentBy.deviceId === reader.deviceId;
    if (form === "federation") {
      const own = isOwn ? `"transaction_id":${JSON.stringify(sentBy.transactionId)}` : "";
      return `${federationBody(this.parts).slice(0, -1)}${this.#unsignedPart(own)}}`;
    }
    if (!isOwn) this.#sync ??= `${this.#open()}${this.#unsignedPart("")}}`;
    const text = isOwn
      ? `${this.#open()}${this.#unsignedPart(`"transaction_id":${JSON.stringify(sentBy.transactionId)}`)}}`
      : (this.#sync ?? "");
    return form === "sync" ? text : `{"room_id":${JSON.stringify(this.parts.roomId)},${text.slice(1)}`;
  }

  strippedJson(): string {
    const { pdu } = this.parts;
    return JSON.stringify({ content: pdu.content, sender: pdu.sender, state_key: pdu.state_key, type: pdu.type });
  }

  /** The same event without what this reader may not see beside it. @param sees by position in the room */
  besides(sees: (position: number) => boolean): RoomEvent {
    const { replaced, redaction } = this.parts;
    const hidesReplaced = replaced !== undefined && !sees(replaced.place.position);
    const hidesRedaction = redaction !== undefined && !sees(redaction.place.position);
    if (!hidesReplaced && !hidesRedaction) return this;
    return new RoomEvent({
      ...this.parts,
      replaced: hidesReplaced ? undefined : replaced,
      redaction: hidesRedaction ? undefined : redaction,
    });
  }

  /** The client text up to `unsigned`, the closing brace left off. */
  #open(): string {
    this.#body ??= clientBody(this.parts).slice(0, -1);
    return this.#body;
  }

  #unsignedPart(own: string): string {
    this.#unsigned ??= unsignedMembers(this.parts);
    const members = this.#unsigned !== "" && own !== "" ? `${this.#unsigned},${own}` : `${this.#unsigned}${own}`;
    return members === "" ? "" : `,"unsigned":{${members}}`;
  }
}

function clientBody({ pdu, eventId }: RoomEventParts): string {
  return JSON.stringify({
    content: redactionContent(pdu),
    event_id: eventId,
    origin_server_ts: pdu.origin_server_ts,
    sender: pdu.sender,
    type: pdu.type,
    state_key: pdu.state_key,
    redacts: pdu.type === "m.room.redaction" ? redactsOf(pdu) : undefined,
  });
}

/**
 * `@NOTSPEC` Without the salt: it is for nobody outside (design D11), so that a client cannot check the content hash; and without
 * signatures, which events get when they first leave the server.
 */
function federationBody({ pdu, eventId }: RoomEventParts): string {
  const { "wardroom.salt": _salt, ...rest } = pdu;
  return JSON.stringify({ ...rest, event_id: eventId });
}

/** The target of a redaction stands in content or at the top level, by room version; clients of either habit find it (room version 11). */
export function redactsOf(pdu: Pick<Pdu, "content" | "redacts">): string | undefined {
  const inContent = Object.hasOwn(pdu.content, "redacts") ? pdu.content["redacts"] : undefined;
  return pdu.redacts ?? (typeof inContent === "string" ? inContent : undefined);
}

function redactionContent(pdu: Pdu): JsonObject {
  return pdu.type === "m.room.redaction" && pdu.redacts !== undefined ? { ...pdu.content, redacts: pdu.redacts } : pdu.content;
}

function unsignedMembers({ replaced, redaction }: RoomEventParts): string {
  const members: string[] = [];
  if (redaction !== undefined) members.push(`"redacted_because":${redaction.text}`);
  else if (replaced !== undefined)
    members.push(`"prev_content":${JSON.stringify(replaced.content)}`, `"replaces_state":${JSON.stringify(replaced.eventId)}`);
  return members.join(",");
}

/** Reads without the parts that only a sending device gets. */
export const nobody: Actor = { userId: "", deviceId: "", isAdmin: false };
