import { isJsonObject, JsonError, type JsonValue, parseJson } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";

// Tokens hold what was shown already and nothing else: they need no memory, outlive a restart, and a forged one gives nothing
// that the same person could not ask for.

export function formatPageToken(fields: Readonly<Record<string, string | number | boolean>>): string {
  return Buffer.from(JSON.stringify(fields)).toString("base64url");
}

/** @throws MatrixError M_INVALID_PARAM for what is no token. Members are not checked. */
export function parsePageToken(token: string): Readonly<Record<string, JsonValue>> {
  try {
    const value = parseJson(Buffer.from(token, "base64url").toString("utf8"));
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  throw brokenToken();
}

export const brokenToken = (): MatrixError => new MatrixError("M_INVALID_PARAM", "This page token is not of this list.");
