/** What a JSON text can say. Objects that come out of `parseJson` have no prototype. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** An event in federation form, without its id (Server-Server API, "PDUs"; room versions 10 to 12). */
export interface Pdu {
  readonly type: string;
  readonly sender: string;
  /** Absent on the create event of version 12: the room id is that event's own hash. */
  readonly room_id?: string;
  /** Present, possibly empty, on state events only. */
  readonly state_key?: string;
  readonly content: JsonObject;
  /** Milliseconds since the Unix epoch. */
  readonly origin_server_ts: number;
  readonly depth: number;
  readonly prev_events: readonly string[];
  readonly auth_events: readonly string[];
  /** Version 10 keeps the target of a redaction here, later versions in `content`. */
  readonly redacts?: string;
  /**
   * 16 random bytes, base64. Covered by the content hash, stripped by redaction, never sent to clients: the hash that
   * remains after redaction then confirms no guess at the words (design D11).
   */
  readonly "wardroom.salt"?: string;
  readonly hashes: { readonly sha256: string };
  readonly signatures?: JsonObject;
  readonly unsigned?: JsonObject;
}

/** An event before its content hash is known. */
export type Draft = Omit<Pdu, "hashes" | "signatures" | "unsigned">;

export interface FinishedEvent {
  readonly pdu: Pdu;
  /** `$` and the URL-safe unpadded base64 of the reference hash. */
  readonly eventId: string;
  /** Bytes of the federation form with one signature of usual length. At most 65,536 may be accepted. */
  readonly size: number;
}

export interface RoomVersion {
  readonly id: "10" | "11" | "12";
  /** 12: creators have infinite power and are never listed in `users`. */
  readonly creatorsRule: boolean;
  /** 12: `!` + hash of the create event, which has no room_id and is never among auth_events. */
  readonly roomIdIsCreateHash: boolean;
  /** 11 and later: `redacts` lives in content. */
  readonly redactsInContent: boolean;
}

/** A state event with the id it is known by. */
export interface StateEvent {
  readonly eventId: string;
  readonly pdu: Pdu;
}

/** The state that an event is judged against: that before it. */
export interface StateView {
  get(type: string, stateKey: string): StateEvent | undefined;
}

/** `rule` names the rule of the room version's authorisation rules that refused, for the operator; `message` is for the client. */
export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly rule: string; readonly message: string };

export type Membership = "join" | "invite" | "leave" | "ban" | "knock";
export type HistoryVisibility = "world_readable" | "shared" | "invited" | "joined";

/** A value from this position on (that position included) until the next row. Rows ascend. */
export interface VisibilityRow {
  readonly position: number;
  readonly visibility: HistoryVisibility;
}
export interface MembershipRow {
  readonly position: number;
  readonly membership: Membership;
}
