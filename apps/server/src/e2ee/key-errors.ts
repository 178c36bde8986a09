import { MatrixError } from "#kernel";

export const invalid = (message: string): MatrixError => new MatrixError("M_INVALID_PARAM", message);
export const badSignature = (message: string): MatrixError => new MatrixError("M_INVALID_SIGNATURE", message);
export const tooMany = (message: string): MatrixError => new MatrixError("M_TOO_LARGE", message);
export const signedOut = (): MatrixError => new MatrixError("M_UNKNOWN_TOKEN", "This device has been signed out.");
export const keyIdInUse = (): MatrixError =>
  new MatrixError("M_FORBIDDEN", "Key ID in use: a device and a cross-signing key would have the same name.");
export const noMasterKey = (): MatrixError => new MatrixError("M_MISSING_PARAM", "master_key: there is none, neither here nor stored.");
export const changedMeanwhile = (): MatrixError =>
  new MatrixError("M_CONFLICT", "The cross-signing keys have changed meanwhile. Nothing was stored; try again.");
