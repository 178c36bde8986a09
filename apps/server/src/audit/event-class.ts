import { auditEvents } from "@wardroom/spec";
import type { AuditRecord } from "#kernel";

/** OCSF class and activity of a code. */
export function eventClassOf(code: AuditRecord["event"]): { readonly class: number; readonly activity: number } {
  return auditEvents[code];
}

const codes: readonly string[] = Object.keys(auditEvents);

/** The codes that a pattern stands for: itself, or with a star at its end all of the catalogue that begin so. */
export function codesMatching(pattern: string): readonly string[] {
  if (!pattern.endsWith("*")) return [pattern];
  const beginning = pattern.slice(0, -1);
  return codes.filter((code) => code.startsWith(beginning));
}
