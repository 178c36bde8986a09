export type { AuditLog, AuditPage, AuditQuery, AuditState, EntryPlace, LogState, OpenedEntry, Reader } from "./contract.ts";
export { type AuditDeps, createAudit } from "./create-audit.ts";
export { auditMigrations } from "./migrations.ts";
