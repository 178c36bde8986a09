import type { IncomingMessage } from "node:http";
import type { Identity } from "#identity";
import { type Actor, MatrixError } from "#kernel";
import type { Query } from "./parse-query.ts";

const BEARER = /^bearer +([\w\-.~+/]+=*) *$/i;
/** Longer ones are not ours, and are not worth a hash. */
const MAX_TOKEN = 1024;

/** @throws MatrixError M_MISSING_TOKEN, M_UNKNOWN_TOKEN. */
export async function authenticate(identity: Identity, request: IncomingMessage, query: () => Query): Promise<Actor> {
  const token = tokenOf(request.headers.authorization, query);
  const verdict = identity.authenticate(token);
  const { kind, ...rest } = verdict instanceof Promise ? await verdict : verdict;
  if (kind === "valid" && "actor" in rest) return rest.actor;
  // Clients keep their keys on a soft logout and wipe them on a hard one (matrix spec, "Soft logout").
  if (kind === "expired") throw new MatrixError("M_UNKNOWN_TOKEN", "The access token has expired.", { softLogout: true });
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
