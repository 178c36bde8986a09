import { MatrixError, randomLetters } from "#kernel";
import { personScope } from "#keys";
import { Conflict, retryConflicts } from "#storage";
import { doneBy } from "./acts-for.ts";
import { checkNewPassword, requireNewUserId } from "./check-input.ts";
import type { Identity } from "./contract.ts";
import type { IdentityParts } from "./identity-parts.ts";

type Input = Parameters<Identity["createAccount"]>[0];

const GENERATED_LETTERS = 12;
const inUse = () => new MatrixError("M_USER_IN_USE", "This user name is taken.");

export function createCreateAccount(parts: IdentityParts): Identity["createAccount"] {
  return async (input) => {
    if (input.password !== undefined) checkNewPassword(input.password);
    if (input.localpart === undefined) return retryConflicts(() => createGenerated(parts, input));
    const userId = requireNewUserId(input.localpart, parts.serverName);
    // Before the costly hash. The claim below is what decides.
    if (await parts.accounts.exists(userId)) throw inUse();
    try {
      return await claim(parts, userId, input, await hashOf(parts, input));
    } catch (error) {
      throw error instanceof Conflict ? inUse() : error;
    }
  };
}

async function createGenerated(parts: IdentityParts, input: Input): Promise<{ readonly userId: string }> {
  const localpart = randomLetters(parts.random, GENERATED_LETTERS).toLowerCase();
  return claim(parts, requireNewUserId(localpart, parts.serverName), input, await hashOf(parts, input));
}

const hashOf = async ({ hasher }: IdentityParts, { password }: Input) => (password === undefined ? undefined : hasher.hash(password));

async function claim(parts: IdentityParts, userId: string, input: Input, passwordHash: string | undefined) {
  await parts.keys.ensure([personScope(userId)]);
  const who = { ...doneBy(userId, input), target: userId, outcome: "done" } as const;
  const account = { userId, isAdmin: input.isAdmin === true, createdAt: parts.clock.now(), passwordHash };
  const writes = [
    parts.accounts.claim(account),
    ...parts.audit.writes({ event: "account.created", ...who }),
    ...(account.isAdmin ? parts.audit.writes({ event: "account.admin.granted", ...who }) : []),
  ];
  await parts.storage.commit({ writes }, () => tellOf(parts, userId));
  return { userId };
}

function tellOf({ created }: IdentityParts, userId: string): void {
  for (const listener of created) listener(userId);
}
