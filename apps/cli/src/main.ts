import { createOutput } from "./output.ts";
import { Refused } from "./refused.ts";
import { runCommand } from "./run-command.ts";

/** Until the checks of an export are part of the server's door. */
const later = () => Promise.reject(new Refused("audit verify is not part of this build yet."));

/** The command line of this process. Returns the exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return runCommand(argv, {
    environment: process.env,
    out: createOutput(process.stdout),
    err: createOutput(process.stderr),
    now: () => Date.now(),
    checks: { verifyExport: later, verifyProof: later },
  });
}
