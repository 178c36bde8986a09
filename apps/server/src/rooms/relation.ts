import { isEventId, type JsonObject, ownObject, ownString } from "@wardroom/matrix-core";

/** What an event says of another one, in clear, in encrypted events too (Client-Server API, "Forming relationships between events"). */
export interface Relation {
  readonly relType: string;
  readonly eventId: string;
}

const MOST_TYPE_BYTES = 255;

/** Undefined for what does not match the schema: such a relation is ignored, the event stands by itself. */
export function relationIn(content: JsonObject): Relation | undefined {
  const relates = relatesTo(content);
  if (relates === undefined) return undefined;
  const relType = ownString(relates, "rel_type");
  const eventId = ownString(relates, "event_id");
  if (relType === undefined || eventId === undefined || !isEventId(eventId)) return undefined;
  if (relType === "" || Buffer.byteLength(relType) > MOST_TYPE_BYTES || `${relType}${eventId}`.includes("\u0000")) return undefined;
  return { relType, eventId };
}

/** What an annotation says: the reaction. */
export function annotationKey(content: JsonObject): string | undefined {
  return ownString(relatesTo(content), "key");
}

const relatesTo = (content: JsonObject): JsonObject | undefined => ownObject(content, "m.relates_to");
