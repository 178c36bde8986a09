import { type JsonObject, type Membership, ownString, type Pdu, type RoomVersion } from "@wardroom/matrix-core";
import type { Actor, Clock } from "#kernel";
import type { FeedEvent } from "./contract.ts";
import { type Relation, relationIn } from "./relation.ts";

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
  /** Undefined: not read (state of a room that was loaded), or not for this reader. */
  readonly content: JsonObject | undefined;
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

export type Form = "room" | "sync" | "federation";

/** What stands in `unsigned` for one reader alone. Never kept with the event. */
export interface ReaderView {
  readonly clock: Clock;
  /** The reader's membership after the event at this position. */
  readonly membershipAt: (position: number) => Membership;
  /** Text of `m.relations`: aggregations of what this reader may see. */
  readonly relations?: (reader: Actor, form: Form) => string;
  /** A thread is among them. */
  readonly hasThread?: boolean;
}

/** What is the same for every reader; made at first read and kept, shared by all views of the event. */
interface ClientText {
  /** The client text up to `unsigned`, the closing brace left off. */
  body?: string;
  unsigned?: string;
}

/** One event in memory. Its client text is made at first read and kept: readers get it by joining strings. */
export class RoomEvent implements FeedEvent {
  readonly parts: RoomEventParts;
  readonly #text: ClientText;
  readonly #view: ReaderView | undefined;

  constructor(parts: RoomEventParts, view?: ReaderView, text: ClientText = {}) {
    this.parts = parts;
    this.#view = view;
    this.#text = text;
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
  get isRedacted(): boolean {
    return this.parts.redaction !== undefined;
  }
  get originServerTs(): number {
    return this.parts.pdu.origin_server_ts;
  }
  get relation(): Relation | undefined {
    return relationIn(this.parts.pdu.content);
  }

  clientJson(reader: Actor, form: Form): string {
    const body = form === "federation" ? federationBody(this.parts).slice(0, -1) : this.#body();
    const members = this.#unsigned(reader, form);
    const text = members === "" ? `${body}}` : `${body},"unsigned":{${members}}}`;
    return form === "room" ? `{"room_id":${JSON.stringify(this.parts.roomId)},${text.slice(1)}` : text;
  }

  strippedJson(): string {
    const { pdu } = this.parts;
    return JSON.stringify({ content: pdu.content, sender: pdu.sender, state_key: pdu.state_key, type: pdu.type });
  }

  /** The same event without what this reader may not see beside it. @param sees by position in the room */
  besides(sees: (position: number) => boolean): RoomEvent {
    const { replaced, redaction } = this.parts;
    const hidesReplaced = replaced?.content !== undefined && !sees(replaced.place.position);
    const hidesRedaction = redaction !== undefined && !sees(redaction.place.position);
    if (!hidesReplaced && !hidesRedaction) return this;
    return new RoomEvent({
      ...this.parts,
      // Which event it replaced is told in any case (`replaces_state`, v1.19).
      replaced: hidesReplaced ? { ...replaced, content: undefined } : replaced,
      redaction: hidesRedaction ? undefined : redaction,
    });
  }

  /** The same event for one reader. */
  seenBy(view: ReaderView): RoomEvent {
    return new RoomEvent(this.parts, view, this.#text);
  }

  /** The same event for the same reader, with the aggregations of its children. */
  withRelations(relations: NonNullable<ReaderView["relations"]>, hasThread: boolean): RoomEvent {
    return this.#view === undefined ? this : new RoomEvent(this.parts, { ...this.#view, relations, hasThread }, this.#text);
  }

  get hasThread(): boolean {
    return this.#view?.hasThread === true;
  }

  #body(): string {
    this.#text.body ??= clientBody(this.parts).slice(0, -1);
    return this.#text.body;
  }

  #unsigned(reader: Actor, form: Form): string {
    const { sentBy, place } = this.parts;
    this.#text.unsigned ??= unsignedMembers(this.parts);
    let members = this.#text.unsigned;
    const view = this.#view;
    if (view !== undefined) {
      const own = `"age":${view.clock.now() - this.originServerTs},"membership":"${view.membershipAt(place.position)}"`;
      members = members === "" ? own : `${members},${own}`;
      if (view.relations !== undefined) members += `,"m.relations":${view.relations(reader, form)}`;
    }
    if (sentBy === undefined || sentBy.userId !== reader.userId || sentBy.deviceId !== reader.deviceId) return members;
    return `${members}${members === "" ? "" : ","}"transaction_id":${JSON.stringify(sentBy.transactionId)}`;
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
  return pdu.redacts ?? ownString(pdu.content, "redacts");
}

function redactionContent(pdu: Pdu): JsonObject {
  return pdu.type === "m.room.redaction" && pdu.redacts !== undefined ? { ...pdu.content, redacts: pdu.redacts } : pdu.content;
}

function unsignedMembers({ replaced, redaction }: RoomEventParts): string {
  const members: string[] = [];
  if (redaction !== undefined) members.push(`"redacted_because":${redaction.text}`);
  else if (replaced?.content !== undefined) members.push(`"prev_content":${JSON.stringify(replaced.content)}`);
  if (replaced !== undefined) members.push(`"replaces_state":${JSON.stringify(replaced.eventId)}`);
  return members.join(",");
}

/** Reads without the parts that only a sending device gets. */
export const nobody: Actor = { userId: "", deviceId: "", isAdmin: false };
