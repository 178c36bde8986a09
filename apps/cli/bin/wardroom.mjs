#!/usr/bin/env node
// Plain JavaScript that any Node can load: it checks the version before TypeScript is imported.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 24 || (major === 24 && minor >= 15)) {
  const { main } = await import("../src/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.exitCode = runOnPinnedNode();
}

function runOnPinnedNode() {
  try {
    const runtime = createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`);
    const { status } = spawnSync(runtime, process.argv.slice(1), { stdio: "inherit" });
    return status ?? 1;
  } catch {
    console.error(
      `Wardroom needs Node 24.15 or newer; this is ${process.versions.node}, and no pinned runtime is installed for ${process.platform} ${process.arch}.`,
    );
    return 1;
  }
}
