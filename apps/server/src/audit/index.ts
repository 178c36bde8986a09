export type { OpenedEntry } from "./contract.ts";
export type { Audit } from "./contract.ts";
export { createAudit } from "./create-audit.ts";
export { auditMigrations } from "./migrations.ts";
