import { isEventId, isJsonObject, type JsonObject } from "@wardroom/matrix-core";

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
  const relType = ownText(relates, "rel_type");
  const eventId = ownText(relates, "event_id");
  if (relType === undefined || eventId === undefined || !isEventId(eventId)) return undefined;
  if (relType === "" || Buffer.byteLength(relType) > MOST_TYPE_BYTES || `${relType}${eventId}`.includes("\u0000")) return undefined;
  return { relType, eventId };
}

/** What an annotation says: the reaction. */
export function annotationKey(content: JsonObject): string | undefined {
  const relates = relatesTo(content);
  return relates === undefined ? undefined : ownText(relates, "key");
}

function relatesTo(content: JsonObject): JsonObject | undefined {
  const relates = Object.hasOwn(content, "m.relates_to") ? content["m.relates_to"] : undefined;
  return isJsonObject(relates) ? relates : undefined;
}

function ownText(object: JsonObject, key: string): string | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === "string" ? value : undefined;
}
