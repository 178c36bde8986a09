// The log of a real server, taken away and checked by our command and by Go's own code.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  checkLogWithGo,
  createHttpClient,
  createSpecValidator,
  isGoThere,
  ok,
  route,
  type ServerProcess,
  startServer,
  textAt,
} from "@wardroom/testkit";

const entry = fileURLToPath(new URL("../bin/wardroom.mjs", import.meta.url));
const MESSAGES = 300;
let server: ServerProcess;
let root = "";

before(async () => {
  server = await startServer();
  root = join(server.dataFolder, "..");
  const alice = await createHttpClient(server.url, createSpecValidator(process.env["MATRIX_SPEC_DIR"])).register("alice");
  const room = textAt(ok(await alice.post("/createRoom", { name: "Log" })), "room_id");
  for (let at = 0; at < MESSAGES; at += 1) {
    ok(await alice.put(route`/rooms/${room}/send/m.room.message/${String(at)}`, { msgtype: "m.text", body: `zqword ${at}` }));
  }
});
after(() => server.dispose());

function run(...args: readonly string[]) {
  const flags =
    args[1] === "verify" ? [] : ["--data", server.dataFolder, "--key-file", join(root, "wardroom.key"), "--server-name", "localhost"];
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args, ...flags], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  return { status, text: stdout + stderr };
}

/** Exports into a new folder and keeps the public key apart, as an auditor does. */
function exported(name: string): { readonly folder: string; readonly key: string; readonly vkey: string } {
  const folder = join(root, name);
  const { status, text } = run("audit", "export", "--out", folder);
  assert.equal(status, 0, text);
  const vkey = readFileSync(join(folder, "logs/1/vkey"), "utf8").trim();
  const key = join(root, `${name}.vkey`);
  writeFileSync(key, `${vkey}\n`);
  return { folder, key, vkey };
}

async function isVerified({ folder, key, vkey }: ReturnType<typeof exported>): Promise<void> {
  const { status, text } = run("audit", "verify", folder, "--key", key);
  assert.equal(status, 0, text);
  if (!isGoThere() && process.env["WARDROOM_TEST_GO"] !== "1") return;
  const verdict = await checkLogWithGo(join(folder, "logs/1"), vkey, 100);
  assert.ok(verdict.ok, verdict.line);
}

test("the log that a running server writes is verified by Go's sumdb and by our command, and so is that of the stopped one", async () => {
  await isVerified(exported("running"));
  await server.stop();
  await isVerified(exported("stopped"));
  await server.restart();
});

test("one changed byte of an entry is found by both, and ours names the entry", async () => {
  const { folder, key, vkey } = exported("changed");
  const bundle = join(folder, "logs/1/tile/entries/000");
  const bytes = readFileSync(bundle);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  writeFileSync(bundle, bytes);
  const { status, text } = run("audit", "verify", folder, "--key", key);
  assert.deepEqual([status, /\b1\/0\b/.test(text)], [1, true], text);
  if (!isGoThere() && process.env["WARDROOM_TEST_GO"] !== "1") return;
  assert.equal((await checkLogWithGo(join(folder, "logs/1"), vkey)).ok, false);
});

test("a proof of one entry is checked without server and folder", () => {
  const { key } = exported("proved");
  assert.equal(run("audit", "prove", "1/5", "--out", join(root, "proof")).status, 0);
  const files = ["--proof", join(root, "proof/entry.tlog-proof"), "--entry", join(root, "proof/entry.json"), "--key", key];
  const { status, text } = run("audit", "verify", ...files);
  assert.equal(status, 0, text);
  writeFileSync(join(root, "proof/entry.json"), "{}");
  assert.equal(run("audit", "verify", ...files).status, 1);
});

test("nothing that was said and nobody's name is in an exported folder", () => {
  const { folder } = exported("read");
  const text = readFileSync(join(folder, "logs/1/tile/entries/000"), "latin1");
  for (const word of ["zqword", "alice", "127.0.0.1"]) assert.ok(!text.includes(word), word);
});
