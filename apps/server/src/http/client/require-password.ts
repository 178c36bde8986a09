import { actedBy, type Actor } from "#kernel";
import type { HandlerDeps } from "../handler.ts";

const flows = [["m.login.password"]];

/**
 * Resolves when the account's password came with the request. @param endpoint with all that is confirmed and stands not in the body
 * @throws UiaChallenge; MatrixError M_LIMIT_EXCEEDED
 */
export async function requirePassword(
  { identity, limits, audit }: HandlerDeps,
  actor: Actor,
  endpoint: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { userId, deviceId, address } = actor;
  const refused = { event: "uia.completed", ...actedBy(actor), outcome: "refused", reason: "too-many-tries" } as const;
  const admitTry = () => limits.proof(userId, deviceId, () => audit.refused(refused));
  await identity.uia.require({ endpoint, userId, deviceId, address, body, flows, admitTry });
}
