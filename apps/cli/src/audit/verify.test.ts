import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ExportReport, ProofReport } from "@wardroom/server";
import { captureOutput } from "../output.test-support.ts";
import { runCommand } from "../run-command.ts";
import type { Checks } from "./verify.ts";

const folder = mkdtempSync(join(tmpdir(), "wardroom-verify-"));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const key = file("key", "origin+aa+bb\n");

const whole: ExportReport = {
  logs: [{ origin: "o/1", size: 5023, root: "AAAA", entries: 5023, faults: [], witnesses: 0 }],
  faults: [],
  warnings: [{ place: "", what: "key-from-folder" }],
};
const broken: ExportReport = {
  logs: [
    {
      ...whole.logs[0],
      origin: "o/1",
      size: 10,
      root: "AAAA",
      entries: 9,
      witnesses: 2,
      faults: [{ place: "1/4", what: "entry-mismatch" }],
    },
    { origin: "o/2", size: 3, root: "BBBB", entries: 3, witnesses: 1, faults: [], continues: { origin: "o/1", size: 12, left: 10 } },
  ],
  faults: [{ place: "second-place", what: "second-place-ahead", detail: "12 > 10" }],
  warnings: [{ place: "logs/2", what: "something-new" }],
};

async function verify(words: readonly string[], answer: ExportReport | ProofReport, environment: Readonly<Record<string, string>> = {}) {
  const asked: unknown[] = [];
  const give = async (input: unknown) => {
    asked.push(input);
    return answer;
  };
  // Proven: each test asks for the one check whose report it gives.
  const checks = { verifyExport: give, verifyProof: give } as Checks;
  const [out, err] = [captureOutput(), captureOutput()];
  const status = await runCommand(["audit", "verify", ...words], { environment, out, err, now: () => 0, checks });
  return { status, text: out.text() + err.text(), asked };
}

test("a whole export ends with 0 and says how many have seen it and whose key was used", async () => {
  const english = await verify([folder], whole);
  assert.equal(english.status, 0);
  assert.match(english.text, /Log 1 of 1: o\/1\n {2}all 5,023 entries read; root AAAA\n {2}seen by no independent party/);
  assert.match(english.text, /Warning: no --key was given[\s\S]*WHOLE: every/);
  const chinese = await verify([folder, "--lang", "zh-CN"], whole);
  assert.match(chinese.text, /已读取全部 5,023 条[\s\S]*没有独立方见证[\s\S]*警告：未指定 --key[\s\S]*完整：/);
  assert.deepEqual((await verify([folder, "--key", key], whole)).asked, [{ folder, vkey: "origin+aa+bb" }]);
});

test("of the newest log it is said when its head was made, and that nobody has seen what came after", async () => {
  const [log = assert.fail()] = whole.logs;
  const seen = {
    ...whole,
    logs: [
      { ...log, lastTime: 0 },
      { ...log, lastTime: 1_700_000_000_000 },
    ],
  };
  const { text } = await verify([folder], seen);
  assert.match(text, /the head is of 2023-11-1\S+; whatever was recorded after it has been seen by nobody/);
  assert.doesNotMatch(text, /of 19\d\d/);
});

test("a broken export ends with 1 and names each fault where it lies, one without words as it is called", async () => {
  const english = await verify([folder], broken);
  assert.equal(english.status, 1);
  assert.match(english.text, /9 of 10 entries read/);
  assert.match(english.text, /FAULT 1\/4: the entry is not the one that was signed\n/);
  assert.match(english.text, /continues o\/1, signed up to 12 entries, of which 2 were lost/);
  assert.match(english.text, /FAULT second-place: the second place has seen more .* \(12 > 10\)\n/);
  assert.match(english.text, /logs\/2: something-new\nNOT WHOLE/);
  const chinese = await verify([folder], broken, { LC_ALL: "zh_CN.UTF-8" });
  assert.match(chinese.text, /错误 1\/4：条目与签名时的内容不一致\n/);
  assert.match(chinese.text, /其中 2 条已丢失/);
  assert.match(chinese.text, /不完整：/);
});

test("a folder without any log is not whole", async () => {
  assert.equal((await verify([folder], { logs: [], faults: [], warnings: [] })).status, 1);
});

test("as JSON the report says in one word whether it is whole", async () => {
  assert.deepEqual(JSON.parse((await verify([folder, "--json"], broken)).text), { whole: false, ...broken });
  assert.equal((await verify([folder, "--json"], broken)).status, 1);
  assert.equal(JSON.parse((await verify([folder, "--json"], whole)).text).whole, true);
});

test("a proof is checked from its three files, and its exit code says whether it holds", async () => {
  const words = ["--proof", file("proof", "P"), "--entry", file("entry", "E"), "--key", key];
  const report = { origin: "o/1", index: 7, size: 9, witnesses: 1 };
  const holds = await verify(words, report);
  assert.equal(holds.status, 0);
  assert.match(
    holds.text,
    /The proof holds: this is entry 7 of o\/1, under a signed checkpoint of 9 entries\.\nseen by 1 independent party/,
  );
  assert.deepEqual(holds.asked, [{ proof: Buffer.from("P"), entry: Buffer.from("E"), vkey: "origin+aa+bb" }]);
  const fails = await verify([...words, "--lang", "zh-CN"], { ...report, fault: "proof-mismatch" });
  assert.equal(fails.status, 1);
  assert.match(fails.text, /证明无效：/);
});

test("files that cannot be keys, proofs or entries are refused before they are read", async () => {
  const huge = file("huge", Buffer.alloc(1024 * 1024 + 1));
  for (const wrong of [huge, join(folder, "missing"), "/dev/zero"]) {
    const { status, asked } = await verify([folder, "--key", wrong], whole);
    assert.equal(status, 2, wrong);
    assert.deepEqual(asked, []);
  }
});
