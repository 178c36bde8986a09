import { buildRequest } from "./request-bytes.ts";
import { type Json, textAt } from "./json-reading.ts";
import type { Target } from "./target.ts";

/** S: m.text of 100 characters. E: m.room.encrypted with about 635 bytes of content. */
export type Payload = "S" | "E";

/**
 * Every message carries a marker of fixed width, connection and sequence number, so that the bytes of a request are
 * built once and only digits change, and so that an event is known again by what was sent, not only by its id.
 */
const DIGITS = 10;
const MARKER = /^(\d{4}-\d{10}) /;

export const markerOf = (connection: number, sequence: number): string =>
  `${String(connection).padStart(4, "0")}-${String(sequence).padStart(DIGITS, "0")}`;

/** The sequence number inside a marker. */
export const sequenceOf = (marker: string): number => Number(marker.slice(-DIGITS));

const text = (marker: string, length: number): string => `${marker} `.padEnd(length, "wardroom bench ");

function contentOf(payload: Payload, marker: string): Record<string, string> {
  if (payload === "S") return { msgtype: "m.text", body: text(marker, 100) };
  return {
    algorithm: "m.megolm.v1.aes-sha2",
    ciphertext: text(marker, 440),
    device_id: "BENCHDEVIC",
    sender_key: "k".repeat(43),
    session_id: "s".repeat(43),
  };
}

const typeOf = (payload: Payload): string => (payload === "S" ? "m.room.message" : "m.room.encrypted");

/** The marker of an event that this bench sent, or undefined for any other event. */
export function findMarker(event: Json | undefined): string | undefined {
  const type = textAt(event, "type");
  if (type !== "m.room.message" && type !== "m.room.encrypted") return undefined;
  return MARKER.exec(textAt(event, "content", type === "m.room.message" ? "body" : "ciphertext") ?? "")?.[1];
}

export type SendTemplate = {
  /** The request with this sequence number; the same bytes every time, so only one may be in flight. */
  stamp(sequence: number): Uint8Array;
};

export type SendTemplateParts = { roomId: string; token: string; payload: Payload; connection: number; run: string };

/** A prebuilt send request: per message only the digits in the transaction id and in the marker are overwritten. */
export function createSendTemplate(target: Target, { roomId, token, payload, connection, run }: SendTemplateParts): SendTemplate {
  const marker = markerOf(connection, 0);
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/${typeOf(payload)}/${run}-${marker}`;
  const bytes = buildRequest(target, { method: "PUT", path, token, body: JSON.stringify(contentOf(payload, marker)) });
  // The transaction id ends the path; the marker begins the only text with a space behind the digits, found from the end.
  const inPath = bytes.indexOf(`${run}-${marker} HTTP/1.1\r\n`) + run.length + 1 + marker.length;
  const inBody = bytes.lastIndexOf(marker) + marker.length;
  return {
    stamp(sequence) {
      let rest = sequence;
      for (let digit = 1; digit <= DIGITS; digit += 1) {
        const value = 48 + (rest % 10);
        bytes[inPath - digit] = value;
        bytes[inBody - digit] = value;
        rest = Math.floor(rest / 10);
      }
      return bytes;
    },
  };
}
