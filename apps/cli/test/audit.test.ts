import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { filesOf } from "@wardroom/server";
import { createDouble, entry, makeEntry, NOON, serveDouble } from "./audit-log.test-support.ts";

const zh = { LANG: "zh_CN.UTF-8" };

test("a search shows who did what, when and how it ended, in the reader's language and time zone", async (context) => {
  const { log, asked } = createDouble([
    makeEntry(7, { deviceId: "PHONE", address: "10.0.0.9", roomId: "!room", unsigned: true }),
    makeEntry(8, { code: "session.created", outcome: "refused", reason: "wrong-password", count: 12, actor: "unknown" }),
  ]);
  const place = await serveDouble(context, log);
  const english = await place.run(["audit", "search"]);
  assert.equal(english.status, 0);
  const [head = "", ...rows] = english.stdout.trimEnd().split("\n");
  assert.match(head, /^TIME +PLACE +CODE +MEANING +OUTCOME +WHO +DEVICE +ADDRESS +TARGET +ROOM$/);
  assert.match(rows[0] ?? "", /^2026-11-25T11:57:30\+08:00 +1\/8 +session\.created +signed in +refused \(wrong-password\) ×12 +unknown$/);
  assert.match(rows[1] ?? "", /1\/7\* +room\.message\.sent +message sent +done +@alice:localhost +PHONE +10\.0\.0\.9 +!room$/);
  assert.match(english.stderr, /no signed checkpoint covers it yet/);
  const chinese = await place.run(["audit", "search"], zh);
  assert.match(chinese.stdout, /^时间 +位置 +代码 +含义 +结果 +操作者/);
  assert.match(chinese.stdout, /登录 +拒绝（wrong-password） ×12 +unknown/);
  assert.deepEqual(asked, ["operator search {} 50", "operator search {} 50"]);
});

test("a search follows the pages to its limit and no further, also over empty ones", async (context) => {
  const { log, asked } = createDouble(
    Array.from({ length: 1234 }, (_, index) => makeEntry(index)),
    { page: 300 },
  );
  const place = await serveDouble(context, log);
  const limited = await place.run(["audit", "search", "--limit", "700", "--json"]);
  const indexes = limited.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).index);
  assert.deepEqual(
    indexes,
    Array.from({ length: 700 }, (_, at) => 1233 - at),
  );
  assert.deepEqual(
    asked.map((line) => line.split(" ").at(-1)),
    ["500", "400", "100"],
  );
  const all = await place.run(["audit", "search", "--all"]);
  assert.equal(all.stdout.trimEnd().split("\n").length, 1235);
  assert.equal(all.stderr, "");
  assert.match((await place.run(["audit", "search", "--limit", "3"])).stderr, /older entries after these 3/);
  assert.match((await place.run(["audit", "search", "--actor", "@nobody:localhost"])).stderr, /No entry/);
});

test("every filter reaches the log as it was meant", async (context) => {
  const { log, asked } = createDouble([]);
  const place = await serveDouble(context, log);
  const filters = ["--actor", "@a:b", "--target", "x", "--room", "!r", "--code", "room.member.*", "--outcome", "refused"];
  await place.run(["audit", "search", ...filters, "--from", "2026-11-25", "--to", "2026-11-25"]);
  const from = Date.parse("2026-11-25T00:00+08:00");
  assert.deepEqual(asked, [
    `operator search ${JSON.stringify({ actor: "@a:b", target: "x", room: "!r", code: "room.member.*", outcome: "refused", from, to: from + 86_399_999 })} 50`,
  ]);
});

test("names from outside do nothing to the terminal they are shown on, as a table or as JSON", async (context) => {
  const attack = "\u001b[2J\u009b31m\u202eevil\r\n1/9 done";
  const { log } = createDouble([makeEntry(1, { actor: attack, code: "x\u001b]0;", reason: "r\u0007", target: attack, deviceId: attack })]);
  const place = await serveDouble(context, log);
  for (const args of [
    ["audit", "search"],
    ["audit", "show", "1/1"],
    ["audit", "search", "--json"],
    ["audit", "show", "1/1", "--json"],
  ]) {
    const { stdout, status } = await place.run(args);
    assert.equal(status, 0);
    assert.doesNotMatch(stdout.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u, args.join(" "));
    assert.ok(!stdout.includes("\n1/9"));
    if (args.includes("--json")) assert.equal(JSON.parse(stdout).actor, attack);
  }
});

test("one entry is shown with all that it holds, and what was erased is named as such", async (context) => {
  const { log } = createDouble([makeEntry(5, { time: NOON, erased: ["target"], asAdministrator: true, policy: "0123456789abcdef" })]);
  const place = await serveDouble(context, log);
  const english = await place.run(["audit", "show", "1/5"]);
  assert.match(english.stdout, /TIME +2026-11-25T11:57:30\.120\+08:00\n/);
  assert.match(english.stdout, /WHO +@alice:localhost \(as administrator\)\n/);
  assert.match(english.stdout, /TARGET +\(erased\)\n/);
  assert.match((await place.run(["audit", "show", "1/5", "--lang", "zh-CN"])).stdout, /对象 +（已抹除）\n/);
  const unknown = await place.run(["audit", "show", "1/6"], zh);
  assert.equal(unknown.status, 1);
  assert.equal(unknown.stderr, "wardroom: 条目 1/6 不存在。\n");
});

test("the state gives the auditor's keys, and warns on its own channel when nothing is signed any more", async (context) => {
  const place = await serveDouble(context, createDouble([], { state: { stopped: "the second place differs" } }).log);
  const { stdout, stderr } = await place.run(["audit", "state"]);
  assert.match(stdout, /Log 1: localhost\/wardroom\/audit\/1 \(ended; another continues it\)\n {2}300 entries/);
  assert.match(stdout, /public key: localhost\/wardroom\/audit\/2\+aa\+bb/);
  assert.match(stdout, /Not signed yet: 3 entries/);
  assert.match(stderr, /WARNING: nothing is signed any more \(the second place differs\)/);
  assert.match((await place.run(["audit", "state"], zh)).stderr, /警告：已停止签名/);
});

test("a proof is the bytes of the entry and the note, in a new folder, with how to check it", async (context) => {
  const place = await serveDouble(context, createDouble([makeEntry(4)]).log);
  const proved = await place.run(["audit", "prove", "1/4", "--out", "proof"]);
  assert.equal(proved.status, 0);
  assert.match(proved.stdout, /verify --proof proof\/entry\.tlog-proof --entry proof\/entry\.json --key KEYFILE/);
  assert.equal(readFileSync(join(place.root, "proof", "entry.json"), "utf8"), '{"index":4}');
  assert.equal(readFileSync(join(place.root, "proof", "entry.tlog-proof"), "utf8"), "c2sp.org/tlog-proof@v1\n");
  const unsigned = await place.run(["audit", "prove", "1/99", "--out", "other"]);
  assert.equal(unsigned.status, 1);
  assert.match(unsigned.stderr, /no signed checkpoint covers it yet/);
  assert.deepEqual(
    readdirSync(place.root).filter((name) => name.startsWith("other")),
    [],
  );
});

test("an export holds every file of the agreed layout, byte for byte, closed to others", async (context) => {
  const place = await serveDouble(context, createDouble([], { size: 70_000 }).log);
  const exported = await place.run(["audit", "export", "--out", "taken-away"]);
  assert.equal(exported.status, 0, exported.stderr);
  assert.match(exported.stdout, /Exported 2 logs with 70,000 entries to taken-away/);
  const folder = join(place.root, "taken-away");
  const text = (path: string) => readFileSync(join(folder, path), "utf8");
  assert.deepEqual(JSON.parse(text("export.json")), {
    format: 1,
    origins: ["localhost/wardroom/audit/1", "localhost/wardroom/audit/2"],
    current: "localhost/wardroom/audit/2",
  });
  assert.equal(text("second-place"), "the note in the second place\n");
  assert.equal(text("logs/1/checkpoint"), "the note of log 1\n");
  assert.equal(text("logs/2/vkey"), "localhost/wardroom/audit/2+aa+bb\n");
  assert.equal(existsSync(join(folder, "logs/2/checkpoint")), false);
  for (const path of filesOf(70_000)) {
    assert.deepEqual(readFileSync(join(folder, "logs/1", path)), Buffer.from(`1 ${path} \u0000\u00ff`, "latin1"));
  }
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((found) => found.isFile());
  assert.equal(files.length, [...filesOf(70_000)].length + 5);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test("a broken export leaves nothing that could be taken for one, and nothing of others is overwritten", async (context) => {
  const broken = createDouble([], { size: 70_000 });
  const place = await serveDouble(context, {
    ...broken.log,
    async readFile(reader, log, path) {
      if (path === "tile/1/000") throw new Error("disk on fire");
      return broken.log.readFile(reader, log, path);
    },
  });
  const failed = await place.run(["audit", "export", "--out", "gone"], zh);
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /操作未完成：disk on fire/);
  assert.deepEqual(readdirSync(place.root), ["data"]);
  mkdirSync(join(place.root, "full"));
  writeFileSync(join(place.root, "full", "mine"), "");
  assert.equal((await place.run(["audit", "export", "--out", "full"])).status, 2);
  mkdirSync(join(place.root, "busy.part"));
  assert.equal((await place.run(["audit", "export", "--out", "busy"])).status, 1);
  assert.deepEqual(readdirSync(place.root).toSorted(), ["busy.part", "data", "full"]);
});

test("a reader who goes away early ends the command without a complaint", async (context) => {
  const place = await serveDouble(context, createDouble(Array.from({ length: 5000 }, (_, index) => makeEntry(index))).log);
  const line = `"$0" "$1" audit search --all --json --data "$2" 2>errors | head -n 1 >/dev/null; cat errors`;
  const words = ["-c", line, process.execPath, entry, join(place.root, "data")];
  const child = spawn("sh", words, { cwd: place.root, env: { PATH: process.env["PATH"] }, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const part of child.stdout) text += String(part);
  assert.equal(text, "");
});
