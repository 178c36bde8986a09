import { createHash } from "node:crypto";
import { MatrixError, type Random } from "#kernel";
import type { StreamToken } from "./contract.ts";

export interface StreamTokens {
  /** @throws MatrixError M_INVALID_PARAM for anything that `format` could not have written. */
  parse(text: string): StreamToken;
  format(position: number, ephemeral: number | undefined): string;
}

const shape = /^s1_([0-9a-f]{8})_(0|[1-9]\d{0,15})_([0-9a-f]{8})_(0|[1-9]\d{0,15})$/;

/**
 * Tokens are `s1_<generation>_<position>_<boot>_<ephemeral>`: opaque to clients, versioned for us. They grant nothing:
 * whoever invents one sees what they may see from there on. On the wire `ephemeral` is 0 for undefined, else one more than the
 * counter.
 */
export function createStreamTokens(storeGeneration: string, random: Random): StreamTokens {
  // A hash, because the store's own name may hold any character, and is nobody's business.
  const generation = createHash("sha256").update(storeGeneration).digest("hex").slice(0, 8);
  const boot = Buffer.from(random.bytes(4)).toString("hex");
  return {
    parse(text) {
      const [, ofGeneration, positionText, ofBoot, ephemeralText] = shape.exec(text) ?? [];
      const [position, onWire] = [Number(positionText), Number(ephemeralText)];
      if (!Number.isSafeInteger(position) || !Number.isSafeInteger(onWire)) {
        throw new MatrixError("M_INVALID_PARAM", "not a token of this server");
      }
      const sameGeneration = ofGeneration === generation;
      const ephemeral = onWire === 0 ? undefined : onWire - 1;
      return { position, ephemeral, sameBoot: sameGeneration && ofBoot === boot, sameGeneration };
    },
    format: (position, ephemeral) => `s1_${generation}_${position}_${boot}_${ephemeral === undefined ? 0 : ephemeral + 1}`,
  };
}
