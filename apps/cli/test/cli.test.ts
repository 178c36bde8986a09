import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../bin/wardroom.mjs", import.meta.url));

interface Place {
  readonly root: string;
  readonly flags: readonly string[];
}

function place(context: TestContext): Place {
  const root = mkdtempSync(join(tmpdir(), "wardroom-cli-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  return { root, flags: ["--data", join(root, "data"), "--key-file", join(root, "wardroom.key")] };
}

function run(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    input,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  return { status, stdout, stderr };
}

/** Starts a server on a port of the system's choice and resolves with its address once it says that it runs. */
async function startServer(context: TestContext, { flags }: Place): Promise<{ url: string; stop(): Promise<number | null> }> {
  const child = spawn(process.execPath, [entry, "start", ...flags, "--listen", "127.0.0.1:0"], { env: { PATH: process.env["PATH"] } });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  context.after(() => child.kill("SIGKILL"));
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const match = /http:\/\/localhost:\d+/.exec(text);
      if (match !== null) resolve(match[0]);
    });
    child.once("exit", () => reject(new Error(`ended early: ${text}`)));
  });
  return {
    url,
    stop() {
      child.kill("SIGINT");
      return exited;
    },
  };
}

async function login(url: string, user: string, password: string): Promise<number> {
  const response = await fetch(`${url}/_matrix/client/v3/login`, {
    method: "POST",
    body: JSON.stringify({ type: "m.login.password", identifier: { type: "m.id.user", user }, password }),
  });
  await response.arrayBuffer();
  return response.status;
}

test("a first start makes key and store, and the commands work on a stopped and on a running server alike", async (context) => {
  const here = place(context);
  assert.equal(run(["init", ...here.flags]).status, 0);
  assert.equal(statSync(join(here.root, "wardroom.key")).mode & 0o777, 0o600);
  const created = run(["user", "create", "ada", "--admin", "--password-stdin", ...here.flags], "correct horse battery\n");
  assert.match(created.stdout, /Created @ada:localhost \(administrator\)/);
  const server = await startServer(context, here);
  assert.equal(await login(server.url, "ada", "correct horse battery"), 200);
  assert.equal(statSync(join(here.root, "data", "control.sock")).mode & 0o777, 0o600);
  assert.match(run(["user", "create", "bob", "--password-stdin", ...here.flags], "another long one\n").stdout, /Created @bob:localhost/);
  assert.equal(run(["user", "reset-password", "bob", "--password-stdin", ...here.flags], "a third long one\n").status, 0);
  assert.equal(await login(server.url, "bob", "another long one"), 403);
  assert.equal(await login(server.url, "bob", "a third long one"), 200);
  assert.match(run(["user", "list", ...here.flags]).stdout, /@ada:localhost {2}administrator\n@bob:localhost/);
  assert.equal(await server.stop(), 0);
});

test("in Chinese the same commands say the same, and end as they do in English", (context) => {
  const here = place(context);
  const zh = [...here.flags, "--lang", "zh-CN"];
  assert.match(run(["user", "list", ...zh]).stderr, /中没有数据库/);
  assert.match(run(["init", ...zh]).stdout, /已在 .* 新建数据库/);
  assert.match(run(["init", ...zh]).stdout, /已经初始化过/);
  const [created, weak] = ["correct horse battery\n", "short\n"].map((input) =>
    run(["user", "create", "ada", "--admin", "--password-stdin", ...zh], input),
  );
  assert.equal(created?.stdout, "已创建 @ada:localhost（管理员）。\n");
  assert.equal(weak?.status, 1);
  assert.equal(weak?.stderr, "wardroom: 密码至少需要 8 个字符。\n");
  const wrong = run(["start", ...zh, "--listen", "nowhere"]);
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /^wardroom: 配置有误：--listen/);
});

test("a command for a person in a folder without a store, or of another server, is refused and makes nothing", (context) => {
  const here = place(context);
  const typo = run(["user", "list", ...here.flags]);
  assert.equal(typo.status, 1);
  assert.match(typo.stderr, /there is no store in/);
  assert.equal(existsSync(join(here.root, "data")), false);
  assert.equal(run(["init", ...here.flags]).status, 0);
  const foreign = run(["user", "create", "@ada:other.example", "--password-stdin", ...here.flags], "correct horse battery\n");
  assert.equal(foreign.status, 1);
  assert.match(foreign.stderr, /of another server/);
});

test("a taken port ends the start with its name, and a waiting command's connection does not hold up the stop", async (context) => {
  const here = place(context);
  const server = await startServer(context, here);
  const other = place(context);
  const second = run(["start", ...other.flags, "--listen", `127.0.0.1:${new URL(server.url).port}`]);
  assert.equal(second.status, 1);
  assert.match(second.stderr, /is taken by another program/);
  const idle = connect(join(here.root, "data", "control.sock"));
  await once(idle, "connect");
  assert.equal(await server.stop(), 0);
  idle.destroy();
});

test("a second server on the same data folder is refused", async (context) => {
  const here = place(context);
  const server = await startServer(context, here);
  const second = run(["start", ...here.flags, "--listen", "127.0.0.1:0"]);
  assert.equal(second.status, 1);
  assert.match(second.stderr, /in use by another Wardroom process/);
  assert.equal(await server.stop(), 0);
});

test("a lost key is never replaced by a new one over an existing store", (context) => {
  const here = place(context);
  assert.equal(run(["init", ...here.flags]).status, 0);
  rmSync(join(here.root, "wardroom.key"));
  const again = run(["init", ...here.flags]);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /Put the key back/);
});

test("a key file that others can read is refused with the mend", (context) => {
  const here = place(context);
  assert.equal(run(["init", ...here.flags]).status, 0);
  chmodSync(join(here.root, "wardroom.key"), 0o644);
  const refused = run(["init", ...here.flags]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /chmod 600/);
});

test("a wrong key opens nothing and says so without a stack trace", (context) => {
  const [here, other] = [place(context), place(context)];
  assert.equal(run(["init", ...here.flags]).status, 0);
  assert.equal(run(["init", ...other.flags]).status, 0);
  const refused = run(["init", "--data", join(here.root, "data"), "--key-file", join(other.root, "wardroom.key")]);
  assert.equal(refused.status, 1);
  assert.doesNotMatch(refused.stderr, /\n {4}at /);
});

test("the conformance profile off loopback and unknown words are refused with the exit code that says which", (context) => {
  const here = place(context);
  assert.equal(run(["start", ...here.flags, "--profile", "conformance", "--listen", "0.0.0.0:0"]).status, 1);
  assert.equal(run(["strat"]).status, 2);
  assert.equal(run(["start", "--lisen", "x"]).status, 2);
  assert.match(run(["version"]).stdout, /^wardroom \d+\.\d+\.\d+\n$/);
});

test("a lost or emptied store under its keys is refused, not begun anew", (context) => {
  const here = place(context);
  assert.equal(run(["init", ...here.flags]).status, 0);
  for (const damage of [() => truncateSync(join(here.root, "data", "wardroom.db")), () => rmSync(join(here.root, "data", "wardroom.db"))]) {
    damage();
    const refused = run(["user", "list", ...here.flags]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /wardroom\.db.*backup/);
    assert.doesNotMatch(refused.stderr, /\n {4}at /);
  }
});
