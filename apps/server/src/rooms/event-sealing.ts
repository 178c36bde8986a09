import { isJsonObject, joinParts, type JsonValue, parseJson, type Pdu, type RoomVersion, splitByRedaction } from "@wardroom/matrix-core";
import { type Keys, type KeyScope, memberScope, roomScope } from "#keys";
import type { EventRow } from "./event-store.ts";

export interface SealedEvent {
  readonly kept: Uint8Array;
  readonly removed: Uint8Array | null;
}

/** Whose words an event holds: erasing that person must take them (design D11). */
function personOf(event: { readonly type: string; readonly sender: string; readonly state_key?: string | null | undefined }): string {
  return event.type === "m.room.member" && typeof event.state_key === "string" ? event.state_key : event.sender;
}

/** The keys that must exist before an event is sealed. */
export function scopesOf(roomId: string, pdu: Pdu): readonly KeyScope[] {
  return [roomScope(roomId), memberScope(roomId, personOf(pdu))];
}

/** Seals what survives redaction under the room's key and what redaction would take under the person's. */
export function sealEvent(keys: Keys, roomId: string, eventId: string, pdu: Pdu, version: RoomVersion): SealedEvent {
  const { kept, removed } = splitByRedaction(pdu, version);
  const words = JSON.stringify(removed);
  return {
    kept: keys.seal(roomScope(roomId), `events/${eventId}/kept`, JSON.stringify(kept)),
    removed: words === "{}" ? null : keys.seal(memberScope(roomId, personOf(pdu)), `events/${eventId}/removed`, words),
  };
}

/** The event as readers may have it: the redacted form if the words were redacted or their key destroyed. @throws SealBroken */
export function openEvent(keys: Keys, row: EventRow): Pdu {
  const kept = parseSealed(keys.open(roomScope(row.room_id), `events/${row.event_id}/kept`, row.kept));
  if (kept === undefined) throw new Error(`the key of room ${row.room_id} is gone`);
  const pdu = kept as unknown as Pdu; // sealed by sealEvent only: the seal proves that nobody else wrote it
  if (row.removed === null) return pdu;
  const removed = parseSealed(keys.open(memberScope(row.room_id, personOf(row)), `events/${row.event_id}/removed`, row.removed));
  return isJsonObject(removed) ? joinParts(pdu, removed) : pdu;
}

function parseSealed(bytes: Uint8Array | undefined): JsonValue | undefined {
  return bytes === undefined ? undefined : parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
}
