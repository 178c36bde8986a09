import type { IncomingMessage } from "node:http";
import type { Identity } from "#identity";
import { type Actor, type AuditSink, MatrixError, UNKNOWN } from "#kernel";
import type { Query } from "./parse-query.ts";

const BEARER = /^bearer +([\w\-.~+/]+=*) *$/i;
/** Longer ones are not ours, and are not worth a hash. */
const MAX_TOKEN = 1024;

interface AuthenticateDeps {
  readonly identity: Identity;
  readonly audit: Pick<AuditSink<unknown>, "refused">;
}

/** @throws MatrixError M_MISSING_TOKEN, M_UNKNOWN_TOKEN. */
export async function authenticate(
  { identity, audit }: AuthenticateDeps,
  request: IncomingMessage,
  address: string,
  query: () => Query,
): Promise<Actor> {
  const token = tokenOf(request.headers.authorization, query);
  const verdict = identity.authenticate(token);
  const { kind, ...rest } = verdict instanceof Promise ? await verdict : verdict;
  // The verdict is shared by all requests with this token.
  if (kind === "valid" && "actor" in rest) return { ...rest.actor, address };
  // Clients keep their keys on a soft logout and wipe them on a hard one (matrix spec, "Soft logout").
  if (kind === "expired") throw new MatrixError("M_UNKNOWN_TOKEN", "The access token has expired.", { softLogout: true });
  // By address alone: that somebody guesses is worth knowing, and what they guess may be near a secret. An expired token was no guess.
  audit.refused({ event: "access.refused", actor: UNKNOWN, address, outcome: "refused", reason: "unknown-token" });
  throw new MatrixError("M_UNKNOWN_TOKEN", "The access token is not known.");
}

function tokenOf(header: string | undefined, query: () => Query): string {
  // The query spelling is deprecated but still in v1.19. The header wins, so that a link cannot slip in another's token.
  const token = header === undefined ? query()["access_token"] : bearerOf(header);
  if (token === undefined || token === "") throw new MatrixError("M_MISSING_TOKEN", "An access token is needed.");
  if (token.length > MAX_TOKEN) throw new MatrixError("M_UNKNOWN_TOKEN", "The access token is not known.");
  return token;
}

function bearerOf(header: string): string | undefined {
  // The usual spelling needs no expression.
  if (header.startsWith("Bearer ") && !header.includes(" ", 7)) return header.slice(7);
  return BEARER.exec(header)?.[1];
}
