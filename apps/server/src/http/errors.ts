import { MatrixError } from "#kernel";
import type { ErrorCode } from "@wardroom/spec";

/** A refusal whose status is not the usual one of its code, because the specification says so. */
export class StatusError extends MatrixError {
  readonly status: number;
  readonly headers: readonly string[];

  constructor(status: number, code: ErrorCode, message: string, headers: readonly string[] = []) {
    super(code, message);
    this.status = status;
    this.headers = headers;
  }
}

/** The client went away before it had an answer: there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}
