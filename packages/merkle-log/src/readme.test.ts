import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

test("the example of the README runs as it stands there", async () => {
  const folder = new URL("..", import.meta.url);
  const [, example = assert.fail()] = /```ts\n(.+?)```/s.exec(readFileSync(new URL("README.md", folder), "utf8")) ?? [];
  const args = ["--input-type=module-typescript", "--eval", example];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: fileURLToPath(folder) });
  assert.match(stdout, /^entry 7 of 300 is proven\n/);
  assert.match(stdout, /kind: 'entry',\s+index: 42,/);
});
