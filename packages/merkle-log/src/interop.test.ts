// Other people's code reads what this package writes. It comes from the system's packages: see .ci/run.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { checkLogWithGo, isGoThere, makeTempFolder } from "@wardroom/testkit";
import { createCosigner, addSignatures } from "./index.ts";
import { keyOf, makeLog, type TestLog } from "./log.test-support.ts";

function writeLog(folder: string, files: TestLog["files"]): void {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

// Where the packages were installed for it, the test may not be missing without a word.
if (isGoThere() || process.env["WARDROOM_TEST_GO"] === "1") {
  test("golang.org/x/mod/sumdb verifies a log of this package, with a cosignature on its checkpoint, and finds one changed byte", async () => {
    const folder = makeTempFolder("log");
    after(() => folder.remove());
    const log = makeLog(67_000);
    writeLog(folder.path, log.files);
    const note = Buffer.from(log.files.get("checkpoint") ?? []).toString();
    const witness = createCosigner("witness.example", keyOf("witness"));
    writeFileSync(join(folder.path, "checkpoint"), addSignatures(note, [witness.at(1_700_000_000)]));
    const sound = await checkLogWithGo(folder.path, log.vkey, 12_345);
    assert.deepEqual(sound, { ok: true, line: `ok 67000 ${Buffer.from(log.root).toString("base64")}` });

    const altered = [
      ["tile/entries/100", /^entry 25\d\d\d is not the one in the tree$/],
      ["tile/0/007", /./],
      ["tile/1/001.p/5", /./],
      ["checkpoint", /./],
    ] as const;
    for (const [path, complaint] of altered) {
      const right = Buffer.from(log.files.get(path) ?? []);
      const wrong = Buffer.from(right);
      // In a bundle byte 10 is in an entry, in a checkpoint in its origin.
      wrong[10] = (wrong[10] ?? 0) ^ 1;
      writeFileSync(join(folder.path, path), wrong);
      const verdict = await checkLogWithGo(folder.path, log.vkey);
      assert.equal(verdict.ok, false, path);
      assert.match(verdict.line, complaint);
      writeFileSync(join(folder.path, path), right);
    }
  });

  for (const size of [0, 1, 255, 256, 257]) {
    test(`golang.org/x/mod/sumdb verifies a log of ${size} entries`, async () => {
      const folder = makeTempFolder("log");
      after(() => folder.remove());
      const log = makeLog(size);
      writeLog(folder.path, log.files);
      assert.match((await checkLogWithGo(folder.path, log.vkey, Math.floor(size / 2))).line, new RegExp(`^ok ${size} `));
    });
  }
} else {
  test("golang.org/x/mod/sumdb is not installed here, so nothing else has read this package's logs", (context) => {
    context.diagnostic("install golang-go and golang-golang-x-mod-dev to have them checked by Go");
  });
}
