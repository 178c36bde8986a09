export type { HttpServer } from "./contract.ts";
export type { HttpConfig } from "./http-deps.ts";
export { createHttpServer } from "./create-http-server.ts";
export { auditEventsPage } from "./audit-events-page.ts";
export { endpointTable } from "./endpoint-table.ts";
export { coveragePage } from "./spec-coverage/coverage-page.ts";
