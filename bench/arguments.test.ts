import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readOptions } from "./arguments.ts";

const one = ["--target", "a=http://127.0.0.1:1"];

test("the defaults are those of the workloads", () => {
  const options = readOptions(one);
  assert.deepEqual([options.concurrency, options.rates, options.warmUpSeconds, options.seconds], [[1, 16, 64], [20, 100, 200], 3, 10]);
  assert.deepEqual([options.workloads, options.members, options.payload, options.repeat], [["W1b", "W3a"], 20, "S", 1]);
  assert.equal(options.contenders[0]?.durability, "not stated");
});

test("what is said of a server goes to that server", () => {
  const { contenders } = readOptions([...one, "--target", "b=http://127.0.0.1:2", "--pid", "b=12,13", "--durability", "b=D2"]);
  assert.deepEqual(
    contenders.map(({ target, pids, durability }) => [target.name, pids, durability]),
    [
      ["a", [], "not stated"],
      ["b", [12, 13], "D2"],
    ],
  );
});

test("counts and times without an end are refused", () => {
  const wrong = [
    "--seconds=0",
    "--seconds=1e9",
    "--seconds=Infinity",
    "--seconds=121",
    "--warm-up=61",
    "--repeat=21",
    "--concurrency=1025",
    "--concurrency=0",
  ];
  for (const option of [
    ...wrong,
    "--concurrency=1,x",
    "--rates=2001",
    "--rates=-1",
    "--members=201",
    "--members=1.5",
    "--payload=X",
    "--workload=W9",
  ])
    assert.throws(() => readOptions([...one, option]), new RegExp(option.split("=")[0] ?? ""), option);
});

test("an option that no server or no one knows is refused, not ignored", () => {
  for (const option of ["--pid=b=1", "--durability=b=D1", "--durability=D1", "--target=a=http://127.0.0.1:2", "--unknown", "rest"])
    assert.throws(() => readOptions([...one, option]), option);
  assert.throws(() => readOptions([]), /--target/);
});

test("given accounts are read, one for each member and one that sends; too few are refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const path = join(folder, "accounts");
    writeFileSync(path, "ann pass word\nben secret\n\n");
    const read = (members: number) => readOptions([...one, `--accounts=a=${path}`, `--members=${members}`]).contenders[0]?.accounts;
    assert.deepEqual(read(1), [
      { user: "ann", password: "pass word" },
      { user: "ben", password: "secret" },
    ]);
    assert.throws(() => read(2), /3 accounts are needed, 2 are there/);
    writeFileSync(path, "ann\n");
    assert.throws(
      () => read(1),
      (error: Error) => !error.message.includes("ann"),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
