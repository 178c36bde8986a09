export type { Audit, AuditLog, OpenedEntry } from "./contract.ts";
export { createAudit } from "./create-audit.ts";
export { auditMigrations } from "./migrations.ts";
