import { verifyExport, verifyProof } from "@wardroom/server";
import { createOutput } from "./output.ts";
import { runCommand } from "./run-command.ts";

/** The command line of this process. Returns the exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return runCommand(argv, {
    environment: process.env,
    out: createOutput(process.stdout),
    err: createOutput(process.stderr),
    now: () => Date.now(),
    checks: { verifyExport, verifyProof },
  });
}
