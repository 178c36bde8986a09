import { type AuditRecord, UNKNOWN } from "#kernel";
import type { AccountSecret } from "./account-store.ts";
import { isTooLong, toUserId } from "./check-input.ts";
import type { IdentityParts } from "./identity-parts.ts";

export type PasswordCheck = { readonly isRight: true; readonly account: AccountSecret } | { readonly isRight: false };

/** The act that is refused if the check fails, and who attempts it where somebody is signed in already. */
type Attempt = Pick<AuditRecord, "event" | "deviceId" | "address"> & { readonly actor?: string };

/**
 * One read and one hash, whatever is wrong: an unknown name, another server's, an account without password, a password that is
 * too long to be anybody's.
 * @param name a localpart or a full user id
 * @throws MatrixError M_LIMIT_EXCEEDED.
 */
export async function checkPassword(parts: IdentityParts, name: string, password: string, attempt: Attempt): Promise<PasswordCheck> {
  const userId = toUserId(name, parts.serverName);
  const account = await parts.accounts.find(userId ?? `@:${parts.serverName}`);
  const isPossible = !isTooLong(password);
  const isRight = await parts.hasher.verify(isPossible ? account?.passwordHash : undefined, isPossible ? password : "");
  if (isRight && account !== undefined) return { isRight, account };
  const reason = account === undefined ? "unknown-account" : "wrong-password";
  const named = account?.userId ?? UNKNOWN;
  const { actor = named } = attempt;
  parts.audit.refused({ ...attempt, actor, ...(named === actor ? {} : { target: named }), outcome: "refused", reason });
  return { isRight: false };
}
