import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkServerName, DataFolderInUse, fixServerName, hasStore, lockDataFolder, openDataFolder } from "./data-folder.ts";

function inFolder(use: (path: string) => void): void {
  const path = mkdtempSync(join(tmpdir(), "wardroom-data-"));
  try {
    use(join(path, "data"));
  } finally {
    rmSync(path, { recursive: true });
  }
}

test("a data folder is readable by its owner only", () => {
  inFolder((path) => {
    openDataFolder(path);
    assert.equal(statSync(path).mode & 0o777, 0o700);
  });
});

test("a folder in use is refused to a second holder until the first lets go", () => {
  inFolder((path) => {
    const folder = openDataFolder(path);
    const first = lockDataFolder(folder);
    assert.throws(() => lockDataFolder(folder), DataFolderInUse);
    first.release();
    lockDataFolder(folder).release();
  });
});

test("the server name is fixed at first start and another one is refused", () => {
  inFolder((path) => {
    checkServerName(openDataFolder(path), "chat.example.org");
    fixServerName(openDataFolder(path), "chat.example.org");
    checkServerName(openDataFolder(path), "chat.example.org");
    assert.throws(() => checkServerName(openDataFolder(path), "other.example.org"), /belongs to "chat\.example\.org"/);
  });
});

test("a damaged installation.json is refused with its path and what it must hold, not as broken JSON", () => {
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    `{"format":1}`,
    `{"format":1,"server_name":7}`,
    `{"format":2,"server_name":"chat.example.org"}`,
  ]) {
    inFolder((path) => {
      fixServerName(openDataFolder(path), "chat.example.org");
      writeFileSync(join(path, "installation.json"), text);
      assert.throws(() => checkServerName(openDataFolder(path), "chat.example.org"), {
        name: "ConfigError",
        message: /installation\.json is damaged\. Write \{"format":1,"server_name":"…"\}/,
      });
    });
  }
});

test("what a crash left of the first start stands in nobody's way, and no draft stays behind", () => {
  inFolder((path) => {
    const folder = openDataFolder(path);
    writeFileSync(join(path, "installation.json.tmp"), "{");
    fixServerName(folder, "chat.example.org");
    assert.deepEqual(readdirSync(path), ["installation.json"]);
    assert.equal(statSync(join(path, "installation.json")).mode & 0o777, 0o600);
    checkServerName(openDataFolder(path), "chat.example.org");
  });
});

test("a folder that others could enter is closed to them, and asking for a store makes nothing", () => {
  inFolder((path) => {
    assert.equal(hasStore(path), false);
    assert.equal(existsSync(path), false);
    mkdirSync(path, { mode: 0o755 });
    chmodSync(path, 0o755);
    openDataFolder(path);
    assert.equal(statSync(path).mode & 0o777, 0o700);
  });
});

test("a path too long for the socket in it is refused before anything is made", () => {
  inFolder((path) => {
    const long = join(path, "x".repeat(120));
    assert.throws(() => openDataFolder(long), { name: "ConfigError", message: /too long for the socket/ });
    assert.equal(existsSync(path), false);
  });
});
