// Folders on a disk, as somebody makes them who wants the check to read what it should not, or never to end.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { makeTempFolder } from "@wardroom/testkit";
import { faultsOf } from "./exported.test-support.ts";
import { entryOf, folderOf, type ForgedLog, startOf } from "./forged-folder.test-support.ts";
import { verifyExport } from "./verify-export.ts";

const log: ForgedLog = {
  origin: "o/1",
  entries: Array.from({ length: 300 }, (_, index) => entryOf(index, index === 0 ? startOf("o/1") : {})),
};
const folder = folderOf([log]);

function writeFolder(context: TestContext): string {
  const temporary = makeTempFolder("export");
  const { path } = temporary;
  context.after(() => temporary.remove());
  for (const [name, bytes] of folder) {
    mkdirSync(dirname(join(path, "export", name)), { recursive: true });
    writeFileSync(join(path, "export", name), bytes);
  }
  return join(path, "export");
}

const check = async (path: string) => {
  const report = await verifyExport({ folder: path });
  return {
    faults: faultsOf(report),
    strays: report.warnings.flatMap(({ place, what }) => (what === "file-unexpected" ? [place] : [])),
    whole: report.logs.every(({ entries }) => entries === 300),
  };
};

test("a folder on the disk is checked as it lies there, also through a link to it", async (context) => {
  const path = writeFolder(context);
  assert.deepEqual(await check(path), { faults: [], strays: [], whole: true });
  symlinkSync(path, `${path}-link`);
  assert.deepEqual((await check(`${path}-link`)).faults, []);
});

test("a link inside is not followed, not even to the very file that belongs there", async (context) => {
  const path = writeFolder(context);
  const tile = join(path, "logs/1/tile/0/000");
  renameSync(tile, `${path}-tile`);
  symlinkSync(`${path}-tile`, tile);
  assert.deepEqual((await check(path)).faults, ["logs/1/tile/0/000 file-not-plain"]);
  rmSync(tile);
  renameSync(`${path}-tile`, tile);
  renameSync(join(path, "logs/1/tile/1"), `${path}-level`);
  symlinkSync(`${path}-level`, join(path, "logs/1/tile/1"));
  const found = await check(path);
  assert.deepEqual(found.faults, ["logs/1/tile/1/000.p/1 file-missing"]);
  assert.deepEqual(found.strays, ["logs/1/tile/1"]);
  renameSync(join(path, "logs"), `${path}-logs`);
  symlinkSync(`${path}-logs`, join(path, "logs"));
  assert.deepEqual((await check(path)).faults, ["logs/1 file-missing"]);
});

test(
  "a pipe is not waited for, a file of a terabyte not read, a folder not taken for a file",
  { skip: process.platform !== "linux" },
  async (context) => {
    const path = writeFolder(context);
    const bundle = join(path, "logs/1/tile/entries/000");
    rmSync(bundle);
    execFileSync("sh", ["-c", `mkfifo "$0"`, bundle]);
    assert.deepEqual((await check(path)).faults, ["logs/1/tile/entries/000 file-not-plain"]);
    rmSync(bundle);
    mkdirSync(bundle);
    assert.deepEqual((await check(path)).faults, ["logs/1/tile/entries/000 file-not-plain"]);
    rmSync(bundle, { recursive: true });
    writeFileSync(bundle, folder.get("logs/1/tile/entries/000") ?? assert.fail());
    for (const name of [
      "export.json",
      "second-place",
      "logs/1/vkey",
      "logs/1/tile/0/000",
      "logs/1/tile/entries/000",
      "logs/1/checkpoint",
    ]) {
      const kept = folder.get(name) ?? assert.fail();
      writeFileSync(join(path, name), "");
      truncateSync(join(path, name), 2 ** 40);
      const { faults } = await check(path);
      assert.deepEqual(faults, [`${name} file-malformed`]);
      writeFileSync(join(path, name), kept);
    }
  },
);

test("files that are missing are named, whichever they are", async (context) => {
  const path = writeFolder(context);
  for (const [name, bytes] of folder) {
    rmSync(join(path, name));
    const { faults } = await check(path);
    const expected = name === "second-place" ? [] : [`${name} ${name.endsWith("checkpoint") ? "checkpoint-missing" : "file-missing"}`];
    assert.deepEqual(faults, expected);
    writeFileSync(join(path, name), bytes);
  }
});

test("what does not belong there is named and harms nothing", async (context) => {
  const path = writeFolder(context);
  const strays = ["notes.txt", "logs/README", "logs/1/more", "logs/1/tile/0/000.p/7", "logs/1/tile/entries/x001/000", "logs/1/tile/9"];
  for (const name of strays) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), "x");
  }
  const found = await check(path);
  assert.deepEqual(found.faults, []);
  assert.deepEqual(found.strays.toSorted(), strays.toSorted());
});

test("thousands of files and a maze of folders are left after the first of them", async (context) => {
  const path = writeFolder(context);
  mkdirSync(join(path, "logs/1/tile/0/x001"), { recursive: true });
  for (let at = 0; at < 5000; at += 1) writeFileSync(join(path, "logs/1/tile/0/x001", `f${at}`), "");
  for (let at = 0; at < 2000; at += 1)
    mkdirSync(join(path, "logs/1/tile/1", `x${String(at % 1000).padStart(3, "0")}`, `x${at < 1000 ? "000" : "001"}`), { recursive: true });
  const found = await check(path);
  assert.deepEqual(found.faults, []);
  assert.ok(found.strays.includes("logs/1/tile/0/x001") && found.strays.length <= 101, String(found.strays.length));
});

test("no folder, and an empty one, are no logs", async (context) => {
  const temporary = makeTempFolder("export");
  const { path } = temporary;
  context.after(() => temporary.remove());
  for (const each of [path, join(path, "none")]) {
    const report = await verifyExport({ folder: each });
    assert.deepEqual([report.logs, faultsOf(report)], [[], ["export.json file-missing"]]);
  }
});
