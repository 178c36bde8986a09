import type { JsonObject } from "@wardroom/matrix-core";

/** State event by which a room asks that reads of it be recorded (docs/room-labels.md). A name space of ours: the specification has no such thing. */
export const ROOM_LABEL = "org.wardroom.room.label";

/** What the state row says, in clear, of a label that asks for it. */
export const READS = "reads";

export const labelValue = (content: JsonObject): string | null => (content["record_reads"] === true ? READS : null);
