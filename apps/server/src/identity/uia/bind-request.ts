import type { KeyObject } from "node:crypto";
import { canonicalJson, type JsonObject, JsonError } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import { keyedHash } from "../access-tokens.ts";
import type { UiaRequest } from "../contract.ts";

/**
 * What an authentication session is good for: this endpoint, user, device and body, and nothing else. Keyed, because the body
 * may hold a new password, which the plain hash of it would let anybody guess who reads the store.
 * @throws MatrixError M_BAD_JSON for a body that has no canonical form.
 */
export function bindRequest(key: KeyObject, { endpoint, userId, deviceId, body }: UiaRequest): string {
  const { auth: _auth, ...rest } = body;
  try {
    // Parsed JSON by the contract of the edge; canonicalJson refuses whatever is not.
    const signed = rest as JsonObject;
    return keyedHash(key, canonicalJson([endpoint, userId ?? null, deviceId ?? null, signed]));
  } catch (error) {
    if (error instanceof JsonError) throw new MatrixError("M_BAD_JSON", "The body has no canonical JSON form.");
    throw error;
  }
}
