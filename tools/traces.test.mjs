import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { test } from "node:test";

test("every file named in a trace or in the architecture page exists", () => {
  for (const page of [...globSync("docs/traces/*.md"), "docs/ARCHITECTURE.md"]) {
    const named = [...readFileSync(page, "utf8").matchAll(/`((?:apps|packages|bench|tools|docs)\/[\w./-]+\.\w+)`/g)].map(
      ([, file]) => file,
    );
    assert.ok(named.length > 0, `${page} names no file`);
    for (const file of named) assert.ok(existsSync(file), `${page} names ${file}, which is gone`);
  }
});
