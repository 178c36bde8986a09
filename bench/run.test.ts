import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { type StubSettings, startStubServer } from "./stub-server.test-support.ts";

const program = new URL("./run.mjs", import.meta.url).pathname;
const short = ["--seconds=0.2", "--warm-up=0.1", "--members=3", "--concurrency=2", "--rates=50"];

type Result = { code: number; stdout: string; stderr: string };

const runBench = (args: readonly string[]): Promise<Result> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

async function startStub(context: TestContext, settings: StubSettings = {}): Promise<string> {
  const stub = await startStubServer(settings);
  context.after(() => stub.close());
  return stub.url;
}

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("two servers are measured in turns, and a losing one gets no figure while the other gets its own", async (context) => {
  const folder = makeFolder(context);
  const [honest, losing] = [await startStub(context), await startStub(context, { misdeed: "lose" })];
  const json = join(folder, "result.json");
  const targets = [`--target=honest=${honest}`, `--target=losing=${losing}`, "--durability=honest=D2", `--pid=honest=${process.pid}`];
  const { code, stdout, stderr } = await runBench([
    ...targets,
    ...short,
    "--workload=W1b",
    "--repeat=2",
    `--json=${json}`,
    `--disk=${folder}`,
  ]);
  assert.equal(code, 1);
  assert.match(stdout, /\| honest \| D2 \| 2 \| [\d.]+ \([\d.]+–[\d.]+\) \|/);
  assert.match(stdout, /\| losing \| not stated \| 2 \| \*\*refused\*\* – run 1: \d+ lost [^|]*\|( {2}\|)+/);
  const order = stderr
    .split("\n")
    .filter(Boolean)
    .map((line) => line.replace(/:.*/, ""));
  assert.deepEqual(order, ["W1b 2 honest #1", "W1b 2 losing #1", "W1b 2 honest #2", "W1b 2 losing #2"]);
  // The file was written by this program a moment ago.
  const { runs } = JSON.parse(readFileSync(json, "utf8")) as { runs: { target: string; verdict: object }[] };
  assert.deepEqual(
    runs.map(({ target, verdict }) => `${target} ${Object.keys(verdict).join()}`),
    ["honest figures", "losing refused", "honest figures", "losing refused"],
  );
});

test("both workloads run one after the other against one server", async (context) => {
  const { code, stdout, stderr } = await runBench([`--target=stub=${await startStub(context)}`, ...short, `--disk=${makeFolder(context)}`]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /### W1b[^]*\| stub \|[^]*### W3a[^]*\| stub \| not stated \| 50 \|/);
});

test("a server off loopback is refused before anything is sent", async () => {
  const { code, stderr } = await runBench(["--target=far=http://192.0.2.1:8008"]);
  assert.deepEqual([code, stderr], [2, "bench: --target far: 192.0.2.1 is not on this machine; --allow-remote measures it all the same\n"]);
});

test("a server that is not there ends the program with a reason", async () => {
  const { code, stderr } = await runBench(["--target=none=http://127.0.0.1:1"]);
  assert.equal(code, 2);
  assert.match(stderr, /ECONNREFUSED/);
});
