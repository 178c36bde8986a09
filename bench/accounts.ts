import { randomBytes } from "node:crypto";
import type { Account } from "./arguments.ts";
import { logIn, register, withApi } from "./matrix-api.ts";
import type { Target } from "./target.ts";

/** Accounts that are made side by side: a server hashes passwords on few threads, and more would only wait. */
const AT_ONCE = 8;

/** Runs `work` for 0 … count − 1, a few at a time, each line over a connection of its own; results in order. */
export async function inParallel<T>(
  target: Target,
  count: number,
  work: (api: Parameters<Parameters<typeof withApi>[1]>[0], index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const line = () =>
    withApi(target, async (api) => {
      for (let index = next++; index < count; index = next++) results[index] = await work(api, index);
    });
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, line));
  return results;
}

/**
 * Access tokens of `count` fresh accounts, or of the given ones. They are made once and serve all runs. Without passwords where the
 * server takes that: hashing ten thousand of them is minutes of work, and not what is measured here.
 */
export async function openAccounts(
  target: Target,
  count: number,
  given: readonly Account[] | undefined,
  registrationToken?: string,
): Promise<string[]> {
  if (given !== undefined)
    return inParallel(target, count, (api, index) => logIn(api, given[index]?.user ?? "", given[index]?.password ?? ""));
  const names = randomBytes(4).toString("hex");
  const password = randomBytes(18).toString("base64url");
  const open = (from: number, until: number, secret: string | undefined) =>
    inParallel(target, until - from, (api, index) => register(api, `bench-${names}-${from + index}`, secret, registrationToken));
  const [first] = await open(0, 1, undefined).catch(() => []);
  return first === undefined ? open(0, count, password) : [first, ...(await open(1, count, undefined))];
}
