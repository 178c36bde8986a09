import { actedBy, type AuditRecord, OPERATOR } from "#kernel";
import type { ActsFor, From } from "./contract.ts";

type Who = Pick<AuditRecord, "actor" | "deviceId" | "address" | "asAdministrator">;

/** Who did something to an account, as the audit names them: whoever is not its owner does it by their office. */
export function doneBy(userId: string, { by, address }: ActsFor): Who {
  if (by === undefined) return { actor: userId, ...from({ address }) };
  if (by === OPERATOR) return { actor: OPERATOR, asAdministrator: true };
  return { ...actedBy(by), ...(by.userId === userId ? {} : { asAdministrator: true }) };
}

export const from = ({ address }: From): Pick<AuditRecord, "address"> => (address === undefined ? {} : { address });
