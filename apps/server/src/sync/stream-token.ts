import { createHash } from "node:crypto";
import { MatrixError, type Random } from "#kernel";
import type { StreamToken } from "./contract.ts";

export interface StreamTokens {
  /** @throws MatrixError M_INVALID_PARAM for anything that `format` could not have written. */
  parse(text: string): StreamToken;
  format(parts: Pick<StreamToken, "position" | "ephemeral"> & Partial<Pick<StreamToken, "toDevice" | "presence">>): string;
}

const shape = /^s([12])_([0-9a-f]{8})_(0|[1-9]\d{0,15})_([0-9a-f]{8})_(0|[1-9]\d{0,15})(?:_(0|[1-9]\d{0,15})_(0|[1-9]\d{0,15}))?$/;

/**
 * Tokens are `s1_<generation>_<position>_<boot>_<ephemeral>`: opaque to clients, versioned for us. They grant nothing:
 * whoever invents one sees what they may see from there on. `s2_…_<to device>_<presence>` is for those whose messages to the device
 * do not reach as far as the rest, or that know of presence. On the wire a counter is 0 for undefined, else one more than it is.
 */
export function createStreamTokens(storeGeneration: string, random: Random): StreamTokens {
  // A hash, because the store's own name may hold any character, and is nobody's business.
  const generation = createHash("sha256").update(storeGeneration).digest("hex").slice(0, 8);
  const boot = Buffer.from(random.bytes(4)).toString("hex");
  return {
    parse(text) {
      const [, version, ofGeneration, positionText, ofBoot, ephemeralText, toDeviceText, presenceText] = shape.exec(text) ?? [];
      const isShort = version === "1";
      const [position, ephemeral] = [Number(positionText), Number(ephemeralText)];
      const [toDevice, presence] = isShort ? [position, 0] : [Number(toDeviceText), Number(presenceText)];
      const hasAll = (toDeviceText === undefined) === isShort && [position, ephemeral, toDevice, presence].every(Number.isSafeInteger);
      if (!hasAll || toDevice > position) throw new MatrixError("M_INVALID_PARAM", "not a token of this server");
      const sameGeneration = ofGeneration === generation;
      const sameBoot = sameGeneration && ofBoot === boot;
      return { position, toDevice, ephemeral: fromWire(ephemeral), presence: fromWire(presence), sameBoot, sameGeneration };
    },
    format({ position, ephemeral, toDevice = position, presence }) {
      const start = `_${generation}_${position}_${boot}_${toWire(ephemeral)}`;
      return toDevice === position && presence === undefined ? `s1${start}` : `s2${start}_${toDevice}_${toWire(presence)}`;
    },
  };
}

const fromWire = (count: number) => (count === 0 ? undefined : count - 1);
const toWire = (count: number | undefined) => (count === undefined ? 0 : count + 1);
