import { hash, verify } from "@node-rs/argon2";
import { MatrixError, type Random } from "#kernel";

/** Argon2id in PHC text form. Injected in tests that count its calls. */
export interface Argon2 {
  hash(password: string, salt: Uint8Array): Promise<string>;
  verify(encoded: string, password: string): Promise<boolean>;
}

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane; about 27 ms of one core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;

const argon2id: Argon2 = {
  hash: (password, salt) => hash(password, { ...COST, salt }),
  verify: (encoded, password) => verify(encoded, password),
};

export interface PasswordHasher {
  /** @throws MatrixError M_LIMIT_EXCEEDED when too many wait. */
  hash(password: string): Promise<string>;
  /** Costs one hash whatever `encoded` is; undefined (no such account, no password) is never right. @throws MatrixError M_LIMIT_EXCEEDED. */
  verify(encoded: string | undefined, password: string): Promise<boolean>;
}

/** Each hash takes a thread of the pool that also flushes files: more at a time would delay commits during a storm of logins. */
const AT_A_TIME = 2;
/** About a second of work; who comes later is told to come back. */
const MAX_WAITING = 64;
const RETRY_AFTER_MS = 2_000;

export function createPasswordHasher({ random, argon2 = argon2id }: { readonly random: Random; readonly argon2?: Argon2 }): PasswordHasher {
  const gate = createGate();
  const decoy = makeDecoy(random);
  return {
    hash: (password) => gate(() => argon2.hash(normalise(password), random.bytes(SALT_BYTES))),
    async verify(encoded, password) {
      const isRight = await gate(() => argon2.verify(encoded ?? decoy, normalise(password)));
      return isRight && encoded !== undefined;
    },
  };
}

// One person's keyboards write one letter in several ways; NFKC makes them one (NIST SP 800-63B, 3.1.1.2).
const normalise = (password: string): string => password.normalize("NFKC");

/** A hash of nothing, at the usual cost, so that an unknown name takes as long as a wrong password. */
function makeDecoy(random: Random): string {
  const base64 = (length: number) => Buffer.from(random.bytes(length)).toString("base64").replaceAll("=", "");
  return `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$${base64(SALT_BYTES)}$${base64(32)}`;
}

function createGate(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < AT_A_TIME) running += 1;
    else {
      if (waiting.length >= MAX_WAITING) {
        throw new MatrixError("M_LIMIT_EXCEEDED", "Too many sign-ins at once; try again in a moment.", { retryAfterMs: RETRY_AFTER_MS });
      }
      // The one before hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
