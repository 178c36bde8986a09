import type { AuditRecord } from "#kernel";
import type { AccountSecret } from "./account-store.ts";
import { isTooLong, toUserId } from "./check-input.ts";
import type { IdentityParts } from "./identity-parts.ts";

export type PasswordCheck = { readonly isRight: true; readonly account: AccountSecret } | { readonly isRight: false };

/** Text typed as a name may be a password in the wrong field: what is no account's name is not recorded. */
const UNKNOWN_ACTOR = "unknown";

/**
 * One read and one hash, whatever is wrong: an unknown name, another server's, an account without password, a password that is
 * too long to be anybody's.
 * @param name a localpart or a full user id
 * @param event the act that is refused if the check fails
 * @throws MatrixError M_LIMIT_EXCEEDED.
 */
export async function checkPassword(parts: IdentityParts, name: string, password: string, event: string): Promise<PasswordCheck> {
  const userId = toUserId(name, parts.serverName);
  const account = await parts.accounts.find(userId ?? `@:${parts.serverName}`);
  const isPossible = !isTooLong(password);
  const isRight = await parts.hasher.verify(isPossible ? account?.passwordHash : undefined, isPossible ? password : "");
  if (isRight && account !== undefined) return { isRight, account };
  const reason = account === undefined ? "unknown-account" : "wrong-password";
  const refusal: AuditRecord = { event, actor: account?.userId ?? UNKNOWN_ACTOR, outcome: "refused", reason };
  parts.audit.refused(refusal);
  return { isRight: false };
}
