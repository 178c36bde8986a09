import type { AuditOwner } from "./contract.ts";
import type { KeyPlace } from "./key-store.ts";

// A key of the audit is a row of `data_key` whose kind names owner and quarter: `audit-person/2026-4`.
const AUDIT = "audit-";
const FORM = /^audit-(person|administrator|room|system)\/(\d{4}-[1-4])$/;
const FIRST_QUARTER = "0000-1";
const LAST_QUARTER = "9999-4";

export type AuditKind = AuditOwner["kind"];

/** True for all that is the audit's, of later versions too: no erasure of words may touch it. */
export const isAuditKind = (kind: string): boolean => kind.startsWith(AUDIT);

export function auditPlace(owner: AuditOwner, quarter: string): KeyPlace {
  const kind = `${AUDIT}${owner.kind}/${quarter}`;
  if (owner.kind === "system") return { kind, roomId: "", userId: "" };
  return owner.kind === "room" ? { kind, roomId: owner.id, userId: "" } : { kind, roomId: "", userId: owner.id };
}

/** The kinds of all quarters, as first and last of a range. */
export function auditKinds(kind: AuditKind): { readonly first: string; readonly last: string } {
  return { first: `${AUDIT}${kind}/${FIRST_QUARTER}`, last: `${AUDIT}${kind}/${LAST_QUARTER}` };
}

/** The inverse of `auditPlace`; undefined if the place is no key's of the audit. */
export function readAuditPlace({ kind, roomId, userId }: KeyPlace): { readonly owner: AuditOwner; readonly quarter: string } | undefined {
  const [, ownerKind, quarter] = FORM.exec(kind) ?? [];
  if (quarter === undefined) return undefined;
  if (ownerKind === "person" || ownerKind === "administrator") return { owner: { kind: ownerKind, id: userId }, quarter };
  return { owner: ownerKind === "room" ? { kind: "room", id: roomId } : { kind: "system" }, quarter };
}
