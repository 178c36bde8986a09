#!/usr/bin/env node
// Plain JavaScript that any Node can load: it checks the version before TypeScript is imported.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 24 || (major === 24 && minor >= 15)) {
  const { main } = await import("../src/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.exitCode = await runOnPinnedNode();
}

function findRuntime() {
  try {
    return createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
}

async function runOnPinnedNode() {
  const runtime = findRuntime();
  if (runtime === undefined) {
    // In both languages: the tables of texts are TypeScript.
    const [here, machine] = [process.versions.node, `${process.platform} ${process.arch}`];
    console.error(`Wardroom needs Node 24.15 or newer; this is ${here}, and no pinned runtime is installed for ${machine}.
Wardroom 需要 Node 24.15 或更新版本；当前是 ${here}，且没有为 ${machine} 安装锁定版本的运行时。`);
    return 1;
  }
  const child = spawn(runtime, process.argv.slice(1), { stdio: "inherit" });
  // A supervisor stops this process; the server is the other one. Ctrl-C reaches both by itself, and a second one does no harm.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "exit");
  return code ?? 1;
}
