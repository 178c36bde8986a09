// What nobody caught, in a real server process.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("./faulty-server.test-support.ts", import.meta.url));

/** Starts a server that has a fault once it runs, and tells how it ended. */
async function runFaulty(context: TestContext, kind: "exception" | "rejection") {
  const root = mkdtempSync(join(tmpdir(), "wardroom-fault-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const flags = ["--data", join(root, "data"), "--key-file", join(root, "wardroom.key"), "--listen", "127.0.0.1:0"];
  const child = spawn(process.execPath, [entry, "start", ...flags], { env: { PATH: process.env["PATH"] } });
  context.after(() => child.kill("SIGKILL"));
  let [out, err] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (out === "") child.stdin.write(`${kind}\n`);
    out += chunk;
  });
  const [code]: unknown[] = await once(child, "close");
  return { code, lines: err.split("\n").filter((line) => line !== "") };
}

for (const kind of ["exception", "rejection"] as const) {
  test(`an uncaught ${kind} is logged once, without what it quotes, and ends the process with a code of its own`, async (context) => {
    const { code, lines } = await runFaulty(context, kind);
    assert.equal(code, 70);
    const entries = lines.map((line): unknown => JSON.parse(line));
    assert.equal(entries.filter((item) => JSON.stringify(item).includes("nobody caught")).length, 1);
    const last = JSON.stringify(entries.at(-1));
    assert.match(last, /"level":"error".*"error":"SyntaxError".*faulty-server/);
    assert.doesNotMatch(lines.join("\n"), /somebody's words/);
  });
}
