import assert from "node:assert/strict";
import { test } from "node:test";
import { captureOutput } from "./output.test-support.ts";
import { runCommand } from "./run-command.ts";

const zh = { LANG: "zh_CN.UTF-8" };
const never = () => Promise.reject(new Error("not asked for"));

async function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const [out, err] = [captureOutput(), captureOutput()];
  const checks = { verifyExport: never, verifyProof: never };
  const status = await runCommand(args, { environment, out, err, now: () => 0, checks });
  return { status, stdout: out.text(), stderr: err.text() };
}

test("what is written wrongly ends with 2, says why in both languages, before anything is opened", async () => {
  const wrong: readonly (readonly [readonly string[], RegExp, RegExp])[] = [
    [["audit"], /search \[--actor/, /查找条目/],
    [["audit", "serach"], /search \[--actor/, /查找条目/],
    [["audit", "search", "--from", "yesterday"], /is no time/, /无法识别时间/],
    [["audit", "search", "--limit", "0"], /no number from 1/, /大于 0 的整数/],
    [["audit", "search", "--limit", "5", "--all"], /exclude each other/, /不能同时使用/],
    [["audit", "search", "--outcome", "failed"], /neither done nor refused/, /只能是 done 或 refused/],
    [["audit", "search", "--out", "x"], /is no option of "wardroom audit search"/, /没有 --out 选项/],
    [["audit", "search", "--actor", "--json"], /--actor: the value is missing/, /--actor 缺少参数值/],
    [["audit", "show"], /no place of an entry/, /不是条目位置/],
    [["audit", "show", "1/-1"], /no place of an entry/, /不是条目位置/],
    [["audit", "prove", "1/1"], /--out FOLDER is missing/, /缺少 --out/],
    [["audit", "export"], /--out FOLDER is missing/, /缺少 --out/],
    [["audit", "export", "--out", "no/such/place"], /There is no folder/, /不存在/],
    [["audit", "verify"], /verify FOLDER/, /verify 目录/],
    [["audit", "verify", "nowhere"], /is no folder/, /不是目录/],
    [["audit", "verify", "--proof", "p"], /Give all three/, /必须同时给出/],
  ];
  for (const [args, english, chinese] of wrong) {
    for (const [environment, expected] of [
      [{}, english],
      [zh, chinese],
    ] as const) {
      const { status, stdout, stderr } = await run(args, environment);
      assert.equal(status, 2, `${args.join(" ")}: ${stderr}`);
      assert.equal(stdout, "");
      assert.match(stderr, expected);
    }
  }
});

test("help is told in the language of the environment or of --lang, which wins", async () => {
  assert.match((await run(["--help"])).stdout, /run the server until Ctrl-C/);
  assert.match((await run(["--help"], zh)).stdout, /运行服务器/);
  assert.match((await run(["--help"], { LC_ALL: "C", LC_MESSAGES: "zh_CN", LANG: "zh_CN" })).stdout, /run the server/);
  assert.match((await run(["--help"], { LC_ALL: "", LC_MESSAGES: "zh_TW.UTF-8", LANG: "C" })).stdout, /运行服务器/);
  assert.match((await run(["audit", "search", "--help", "--lang", "zh-CN"], { LANG: "en_US" })).stdout, /验证导出的目录/);
  assert.match((await run(["audit", "--help", "--lang", "en"], zh)).stdout, /check an export/);
  const unknown = await run(["--help", "--lang", "fr"], zh);
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /不支持“fr”/);
});

test("unknown commands and options are refused in the operator's language, and names of every object are none of either", async () => {
  assert.equal((await run([], zh)).status, 2);
  assert.match((await run(["strat"], zh)).stderr, /未知命令“strat”/);
  for (const name of ["constructor", "__proto__", "toString"]) {
    assert.equal((await run([name])).status, 2);
    assert.match((await run(["audit", "search", `--${name}`, "x"], zh)).stderr, /未知选项/);
    assert.equal((await run(["start", "--lang", name])).status, 2);
  }
  assert.match((await run(["start", "--admin=yes"], zh)).stderr, /--admin 不接受参数值/);
});
