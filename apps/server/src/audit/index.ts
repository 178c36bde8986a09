export type { Audit, StoredAuditRecord } from "./contract.ts";
export { createAudit, type AuditDeps } from "./create-audit.ts";
export { auditMigrations } from "./migrations/index.ts";
