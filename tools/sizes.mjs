// House rules on size: no source file above 400 lines, no function above 60 (the linter holds the second).
import { globSync, readFileSync } from "node:fs";

const LIMIT = 400;
const files = globSync(["apps/*/src/**/*.ts", "apps/*/test/**/*.ts", "packages/*/src/**/*.ts", "bench/**/*.ts", "tools/*.mjs"]);
const long = files.map((file) => [file, readFileSync(file, "utf8").split("\n").length]).filter(([, lines]) => lines > LIMIT);
for (const [file, lines] of long) console.error(`${file}: ${lines} lines; at most ${LIMIT}`);
process.exit(long.length === 0 ? 0 : 1);
