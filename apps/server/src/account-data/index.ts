export type { AccountData, AccountDataRow, PushRuleEditing, PushRuleName, PushRulePlace } from "./contract.ts";
export { createAccountData, type AccountDataDeps } from "./create-account-data.ts";
export { type PushRuleKind, pushRuleKinds } from "./default-push-rules.ts";
export { accountDataMigrations } from "./migrations/index.ts";
