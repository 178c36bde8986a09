// `npm test`: every test; `--unit` leaves out those that start whole servers.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

// A test that never ends is a failure, not a build that hangs. The longest, the crash rounds, takes about 20 s.
const TIMEOUT_MS = 180_000;

const unit = ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "bench/*.test.ts", "tools/*.test.mjs"];
const whole = ["apps/server/test/**/*.test.ts", "apps/cli/test/**/*.test.ts"];
const files = globSync(process.argv.includes("--unit") ? unit : [...unit, ...whole]);
const { status } = spawnSync(
  process.execPath,
  ["--test", "--test-concurrency=2", `--test-timeout=${TIMEOUT_MS}`, "--test-reporter=spec", ...files],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
