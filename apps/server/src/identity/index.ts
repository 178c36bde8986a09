export { type Device, type Identity, UiaChallenge, type UiaRequest } from "./contract.ts";
export { passwordBounds, toUserId } from "./check-input.ts";
export { createIdentity } from "./create-identity.ts";
export type { IdentityDeps } from "./create-parts.ts";
export { identityMigrations } from "./migrations.ts";
