import { createHmac } from "node:crypto";

/** A relay for calls that shares a secret with this server (coturn: `use-auth-secret`). */
export interface TurnServer {
  readonly uris: readonly string[];
  readonly secret: string;
}

const LIFE_SECONDS = 86_400;

/**
 * Credentials as coturn checks them: the name holds its own end, the password is its HMAC-SHA1 under the shared secret, which
 * the protocol fixes. The person stands under a pseudonym: names go over the network in clear, and only who has the secret can
 * tell whose it is.
 */
export function turnCredentials({ uris, secret }: TurnServer, userId: string, now: number) {
  const pseudonym = createHmac("sha256", secret).update(userId).digest("base64url").slice(0, 16);
  const username = `${Math.floor(now / 1000) + LIFE_SECONDS}:${pseudonym}`;
  const password = createHmac("sha1", secret).update(username).digest("base64");
  return { username, password, uris: [...uris], ttl: LIFE_SECONDS };
}
