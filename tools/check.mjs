// `npm run check`: format, lint, types, architecture, dead code, generated files, unit tests.
import { spawnSync } from "node:child_process";

const steps = [
  ["format", "oxfmt", ["--check", "."]],
  ["lint", "oxlint", ["--type-aware", "--deny-warnings"]],
  ["types", "tsc", ["--noEmit", "-p", "."]],
  ["architecture", "node", ["tools/architecture.mjs"]],
  ["sizes", "node", ["tools/sizes.mjs"]],
  ["dead code", "knip", []],
  ["generated files", "node", ["tools/generate.mjs", "--check"]],
  ["unit tests", "node", ["tools/test.mjs", "--unit"]],
];

let failed = false;
for (const [name, command, args] of steps) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${String(name)} (${seconds} s)`);
  if (status !== 0) {
    failed = true;
    console.log(`${stdout}${stderr}`);
  }
}
process.exit(failed ? 1 : 0);
