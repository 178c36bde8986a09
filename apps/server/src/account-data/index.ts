export type { AccountData, AccountDataRow } from "./contract.ts";
export { createAccountData, type AccountDataDeps } from "./create-account-data.ts";
export { accountDataMigrations } from "./migrations/index.ts";
