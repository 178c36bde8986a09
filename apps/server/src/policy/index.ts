export type { Decision, Policy, Resource, Subject } from "./contract.ts";
export { createPolicy, type PolicyAction } from "./create-policy.ts";
