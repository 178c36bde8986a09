export type { AccountData, AccountDataRow } from "./contract.ts";
export { createAccountData, type AccountDataDeps } from "./create-account-data.ts";
export { type PushRuleKind, pushRuleKinds } from "./default-push-rules.ts";
export { accountDataMigrations } from "./migrations.ts";
