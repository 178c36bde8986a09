export {
  type AccountRow,
  type Device,
  type Identity,
  type LoginResult,
  type NewDevice,
  type TokenVerdict,
  type Uia,
  UiaChallenge,
  type UiaRequest,
} from "./contract.ts";
export { toUserId } from "./check-input.ts";
export { createIdentity } from "./create-identity.ts";
export type { IdentityDeps } from "./create-parts.ts";
export type { DeviceChangeContribution, DeviceRemovalContribution } from "./identity-parts.ts";
export { identityMigrations } from "./migrations/index.ts";
