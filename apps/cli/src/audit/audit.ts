import type { Arguments } from "../arguments.ts";
import type { Surroundings } from "../surroundings.ts";
import { UsageError } from "../usage-error.ts";
import { exportLog } from "./export.ts";
import { prove } from "./prove.ts";
import { search } from "./search.ts";
import { show } from "./show.ts";
import { state } from "./state.ts";
import { type Checks, verify } from "./verify.ts";

/** `wardroom audit search|show|state|prove|export|verify`. */
export function createAudit(checks: Checks): (args: Arguments, surroundings: Surroundings) => Promise<number> {
  return async (args, surroundings) => {
    switch (args.words[1]) {
      case "search":
        return search(args, surroundings);
      case "show":
        return show(args, surroundings);
      case "state":
        return state(args, surroundings);
      case "prove":
        return prove(args, surroundings);
      case "export":
        return exportLog(args, surroundings);
      case "verify":
        return verify(args, surroundings, checks);
      default:
        throw new UsageError(surroundings.t.usage.audit);
    }
  };
}
