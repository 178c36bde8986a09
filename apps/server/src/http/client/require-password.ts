import type { Actor } from "#kernel";
import type { HandlerDeps } from "../handler.ts";

const flows = [["m.login.password"]];

/**
 * Resolves when the account's password came with the request. @param endpoint with all that is confirmed and stands not in the body
 * @throws UiaChallenge; MatrixError M_LIMIT_EXCEEDED
 */
export async function requirePassword(
  { identity, limits }: HandlerDeps,
  { userId, deviceId }: Actor,
  endpoint: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  await identity.uia.require({ endpoint, userId, deviceId, body, flows, admitTry: () => limits.proof(userId, deviceId) });
}
