import { MatrixError } from "#kernel";
import type { ErrorCode } from "@wardroom/spec";
import * as v from "valibot";

// One fault is enough for the client; collecting all of a large body would be work that an attacker orders.
const first = { abortEarly: true, abortPipeEarly: true } as const;

/**
 * The value as the schema gives it.
 * @throws MatrixError with `wrong`; with `missing` if what is wrong is that it is not there. The message names the place, never
 * the value: it is the schema's own if that has one, for the library's quotes what it was given.
 */
export function validate(
  schema: v.GenericSchema,
  value: unknown,
  codes: { readonly wrong: ErrorCode; readonly missing: ErrorCode },
): unknown {
  const result = v.safeParse(schema, value, first);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const place = v.getDotPath(issue)?.slice(0, 100);
  const absent = issue.input === undefined;
  const fault = absent ? "is missing" : (ownMessage(issue) ?? `is not valid (${expectation(issue)})`);
  throw new MatrixError(absent ? codes.missing : codes.wrong, `${place ?? "The request"}: ${fault}.`);
}

type Issue = v.BaseIssue<unknown>;

const ownMessage = ({ message }: Issue): string | undefined => (message.startsWith("Invalid ") ? undefined : message);

const expectation = ({ expected, type }: Issue): string =>
  expected === null ? type.replaceAll("_", " ") : `expected ${expected.slice(0, 100)}`;
