export type { AuditLog, AuditPage, AuditQuery, AuditState, EntryPlace, LogState, OpenedEntry, Reader } from "./contract.ts";
export { type AuditDeps, createAudit } from "./create-audit.ts";
export {
  type Continuation,
  describeExport,
  type ExportReport,
  type Finding,
  type LogReport,
  type ProofReport,
  type VerifyExport,
  type VerifyProof,
} from "./export-report.ts";
export { countFiles, filesOf } from "./list-files.ts";
export { auditMigrations } from "./migrations.ts";
export type { FindingName } from "./finding.ts";
export { verifyExport } from "./verify-export.ts";
export { verifyProof } from "./verify-proof.ts";
