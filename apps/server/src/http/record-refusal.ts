import { isNone } from "@wardroom/spec";
import { actedBy, type Actor, type AuditSink, MatrixError, UNKNOWN } from "#kernel";
import type { Resource } from "#policy";
import type { CompiledEndpoint } from "./compile-endpoints.ts";

/** What is known so far of who asks for what. */
export interface Asked {
  readonly route: CompiledEndpoint;
  readonly address: string;
  readonly actor?: Actor | undefined;
  readonly resource?: Resource;
  /** Every guard has been passed; what is refused now the module refuses. */
  readonly isInside?: true;
}

/** Limits, and input that is not what the endpoint takes: what somebody runs into who tries things out. */
const ofGuards: ReadonlySet<string> = new Set([
  "M_LIMIT_EXCEEDED",
  "M_NOT_JSON",
  "M_BAD_JSON",
  "M_INVALID_PARAM",
  "M_MISSING_PARAM",
  "M_TOO_LARGE",
]);

/**
 * Records what nobody else does. Refusals of authentication and of the policy are recorded where they are decided, and those of acts
 * that have a code of their own by the module. Left are the other guards, and reads that a module refuses.
 */
export function recordRefusal(audit: Pick<AuditSink<unknown>, "refused">, asked: Asked, error: unknown): void {
  if (!(error instanceof MatrixError)) return;
  const { route, actor, address, resource, isInside } = asked;
  const { declaration, name } = route;
  const isOurs = isInside === true ? error.code === "M_FORBIDDEN" && isNone(declaration.audit) : ofGuards.has(error.code);
  if (!isOurs) return;
  audit.refused({
    event: "access.refused",
    // Not as an administrator's, each an entry: a client in a loop, or a stolen token, would fill the disk with them.
    ...(actor === undefined ? { actor: UNKNOWN } : actedBy({ ...actor, isAdmin: actor.isAdmin && isInside === true })),
    address,
    ...(actor?.isAdmin === true && isInside === true && declaration.policy.who === "admin" ? { asAdministrator: true } : {}),
    ...(resource?.type === "room" ? { roomId: resource.id } : {}),
    outcome: "refused",
    reason: `${error.code} ${name}`,
  });
}

/** What the policy denies. @param rule of the policy */
export function recordDenial(audit: Pick<AuditSink<unknown>, "refused">, { route, actor, address, resource }: Asked, rule: string): void {
  const { declaration, action } = route;
  const code = isNone(declaration.audit) ? undefined : declaration.audit;
  audit.refused({
    event: code ?? "access.refused",
    ...(actor === undefined ? { actor: UNKNOWN, address } : actedBy(actor)),
    // What an administrator attempts by their office is named for good, as what they do by it.
    ...(actor?.isAdmin === true && declaration.policy.who === "admin" ? { asAdministrator: true } : {}),
    ...(resource?.type === "room" ? { roomId: resource.id } : {}),
    ...(resource?.type === "user" ? { target: resource.id } : {}),
    outcome: "refused",
    reason: code === undefined ? `${rule} ${action}` : rule,
  });
}
