import { isUtf8 } from "node:buffer";
import { JsonError, type JsonValue, parseJson } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";

const integers = { floats: false } as const;
const floats = { floats: true } as const;

/**
 * The JSON value of a body.
 * @throws MatrixError M_NOT_JSON for what is not UTF-8 or not JSON, M_BAD_JSON for JSON that Matrix forbids.
 */
export function parseBody(bytes: Buffer, numbers: "integers" | "floats"): JsonValue {
  // Decoding alone would turn broken bytes into replacement characters, and what was signed or hashed would not be what was sent.
  if (!isUtf8(bytes)) throw new MatrixError("M_NOT_JSON", "The body is not UTF-8 text.");
  try {
    return parseJson(bytes.toString("utf8"), numbers === "floats" ? floats : integers);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new MatrixError(error.kind === "syntax" ? "M_NOT_JSON" : "M_BAD_JSON", error.message);
  }
}
