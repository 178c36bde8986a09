import type { Keys, KeyScope } from "./contract.ts";
import type { DataKeys } from "./data-keys.ts";

/** Keys that are asked for in one turn of the event loop and made in one commit. */
export interface WaitingKeys {
  readonly ensure: Keys["ensure"];
  isWaiting(scope: KeyScope): boolean;
  /** Makes what waits, now. Never throws: those who wait are told. */
  flush(): void;
}

export function createWaitingKeys(dataKeys: DataKeys): WaitingKeys {
  let waiting = new Map<KeyScope, PromiseWithResolvers<void>>();
  const flush = () => {
    const taken = waiting;
    waiting = new Map();
    if (taken.size === 0) return;
    try {
      dataKeys.create(taken.keys());
      for (const { resolve } of taken.values()) resolve();
    } catch (error) {
      for (const { reject } of taken.values()) reject(error);
    }
  };
  const join = (scope: KeyScope): Promise<void> => {
    const known = waiting.get(scope);
    if (known !== undefined) return known.promise;
    if (waiting.size === 0) setImmediate(flush);
    const fresh = Promise.withResolvers<void>();
    waiting.set(scope, fresh);
    return fresh.promise;
  };
  const isLacking = (scope: KeyScope, renew: boolean): boolean => {
    const found = dataKeys.newest(scope);
    return found === undefined || (found === "destroyed" && renew);
  };
  return {
    flush,
    isWaiting: (scope) => waiting.has(scope),
    ensure(scopes, options) {
      const lacking = scopes.filter((scope) => isLacking(scope, options?.renew === true));
      return lacking.length === 0 ? undefined : Promise.all(lacking.map(join)).then(() => undefined);
    },
  };
}
