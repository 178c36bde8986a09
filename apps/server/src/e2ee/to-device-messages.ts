import { isJsonObject, type JsonObject } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";

/** One message as it was asked for: `*` stands for every device. */
interface Addressed {
  readonly userId: string;
  /** Texts of the content by device id. */
  readonly devices: ReadonlyMap<string, string>;
}

/** A request addresses this many devices; a room key goes to 250 at once at most (Rust SDK), to 20 (JavaScript). */
export const MOST_RECIPIENTS = 1000;
/** Of the content's JSON text: what an event may have. */
const MOST_CONTENT_BYTES = 65_536;
export const EVERY_DEVICE = "*";

/** @throws MatrixError M_BAD_JSON, M_TOO_LARGE. */
export function readMessages(messages: JsonObject): readonly Addressed[] {
  let recipients = 0;
  const addressed: Addressed[] = [];
  for (const [userId, byDevice] of Object.entries(messages)) {
    if (!isJsonObject(byDevice)) throw new MatrixError("M_BAD_JSON", "messages: a user has messages by device.");
    const devices = new Map<string, string>();
    for (const [deviceId, content] of Object.entries(byDevice)) {
      if (!isJsonObject(content)) throw new MatrixError("M_BAD_JSON", "messages: a message is an object.");
      const text = JSON.stringify(content);
      if (Buffer.byteLength(text) > MOST_CONTENT_BYTES) throw tooLarge(`A message has at most ${MOST_CONTENT_BYTES} bytes.`);
      devices.set(deviceId, text);
    }
    // One for the user as well: each costs a look-up, whether there is a device or not.
    recipients += 1 + devices.size;
    if (recipients > 2 * MOST_RECIPIENTS) throw tooManyRecipients();
    addressed.push({ userId, devices });
  }
  return addressed;
}

export const tooLarge = (message: string): MatrixError => new MatrixError("M_TOO_LARGE", message);
export const tooManyRecipients = (): MatrixError => tooLarge(`A request reaches at most ${MOST_RECIPIENTS} devices.`);
