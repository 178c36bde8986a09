import type { ErrorCode } from "@wardroom/spec";

/** What an error may tell the client beside its code and message. Never a secret. */
export interface ErrorDetails {
  readonly retryAfterMs?: number;
  readonly softLogout?: boolean;
  /** HTTP status where the specification gives this code another than its usual one. */
  readonly status?: number;
  /** Named members that the specification adds to this error, such as `current_version`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * An expected refusal, with the stable Matrix error code. `http/present-error.ts` alone turns it into a
 * status. The message reaches the client: it says what to mend and holds no secret.
 */
export class MatrixError extends Error {
  override readonly name = "MatrixError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
