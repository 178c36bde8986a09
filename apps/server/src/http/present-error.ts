import { describeFault, framesOf, type Logger, MatrixError, type Random, randomToken } from "#kernel";
import { UiaChallenge } from "#identity";
import { errorCodes } from "@wardroom/spec";
import { StatusError } from "./errors.ts";
import type { Reply } from "./reply.ts";

export interface ErrorPresenter {
  /** The answer to whatever was thrown. `endpoint` is the name of the declaration; addresses hold tokens and are never logged. */
  present(error: unknown, endpoint: string): Reply;
}

/** The only place where errors become statuses. What was not expected is logged under a reference and told to nobody. */
export function createErrorPresenter(log: Logger, random: Random): ErrorPresenter {
  return {
    present(error, endpoint) {
      if (error instanceof MatrixError) return presentRefusal(error);
      if (error instanceof UiaChallenge) return { status: 401, body: JSON.stringify(error.body) };
      const reference = randomToken(random, 9);
      log.error({ reference, endpoint, ...describeFault(error), stack: framesOf(error) }, "a request failed");
      return {
        status: 500,
        body: JSON.stringify({ errcode: "M_UNKNOWN", error: `The server failed. The operator finds the cause under ${reference}.` }),
      };
    },
  };
}

function presentRefusal(error: MatrixError): Reply {
  const { code, details, message } = error;
  const body: Record<string, unknown> = { ...details.fields, errcode: code, error: message };
  if (details.softLogout !== undefined) body["soft_logout"] = details.softLogout;
  const headers: string[] = error instanceof StatusError ? [...error.headers] : [];
  if (code === "M_LIMIT_EXCEEDED") {
    const wait = Math.max(1, Math.ceil(details.retryAfterMs ?? 1000));
    body["retry_after_ms"] = wait;
    // Whole seconds, rounded up: rounded down, the client would come back too early and be refused again.
    headers.push("Retry-After", String(Math.ceil(wait / 1000)));
  }
  return { status: statusOf(error), body: JSON.stringify(body), headers };
}

function statusOf(error: MatrixError): number {
  if (error instanceof StatusError) return error.status;
  if (error.details.status !== undefined) return error.details.status;
  // An expected refusal is the client's matter, whatever the code says: 500 is for what nobody expected.
  return error.code === "M_UNKNOWN" ? 400 : errorCodes[error.code];
}
