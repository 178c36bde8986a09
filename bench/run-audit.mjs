#!/usr/bin/env node
// Node before 24 cannot load TypeScript; say so instead of failing with a syntax error.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  console.error(`bench needs Node 24.15 or newer, this is ${process.versions.node}; "npm run bench:audit" uses the one in the lockfile.`);
  process.exit(2);
}
const { main } = await import("./audit-log.ts");
process.exitCode = await main(process.argv.slice(2));
