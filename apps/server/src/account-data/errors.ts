import { MatrixError } from "#kernel";

export const tooLarge = (what: string, bytes: number): MatrixError => new MatrixError("M_TOO_LARGE", `${what} has at most ${bytes} bytes.`);
export const tooMany = (what: string, limit: number): MatrixError =>
  new MatrixError("M_TOO_LARGE", `An account keeps at most ${limit} ${what}.`);
export const quotaExceeded = (bytes: number): MatrixError =>
  new MatrixError("M_TOO_LARGE", `The account data of an account has at most ${bytes} bytes in all.`);
export const noSuchValue = (): MatrixError => new MatrixError("M_NOT_FOUND", "No account data of this type is stored.");
export const noSuchFilter = (): MatrixError => new MatrixError("M_NOT_FOUND", "There is no filter of this id.");

/** 405 in the specification ("Client Config", server behaviour). */
export const managedByServer = (type: string): MatrixError =>
  new MatrixError("M_BAD_JSON", `${type} is managed by the server and cannot be set through this API.`, { status: 405 });
