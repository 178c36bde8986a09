import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSteal, stealBetween } from "./machine.ts";
import { parseStat, readTreeTime, sumTree } from "./process-cost.ts";

const line = (pid: number, name: string, parent: number, times: string): string =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 1 2 3 4 ${times} 20 0 11 0\n`;

test("the time of a process is its own and that of the children it has waited for", () => {
  assert.deepEqual(parseStat(line(42, "node", 7, "100 20 3 4")), { pid: 42, parent: 7, ticks: 127 });
});

test("a process cannot fake its parent or its time by its name", () => {
  assert.deepEqual(parseStat(line(42, "x) S 1 1 (y", 7, "1 1 0 0")), { pid: 42, parent: 7, ticks: 2 });
  assert.equal(parseStat("garbage"), undefined);
  assert.equal(parseStat(""), undefined);
});

test("a tree counts each of its processes once, whoever names them, and no other", () => {
  const processes = [
    { pid: 1, parent: 0, ticks: 1000 },
    { pid: 10, parent: 1, ticks: 1 },
    { pid: 11, parent: 10, ticks: 10 },
    { pid: 12, parent: 11, ticks: 100 },
    { pid: 20, parent: 1, ticks: 5 },
  ];
  assert.equal(sumTree([10], processes), 111);
  assert.equal(sumTree([10, 11, 10], processes), 111);
  assert.equal(sumTree([10, 20], processes), 116);
});

test("work of this process shows in its tree, and a process that is gone is an error, not a zero", () => {
  const before = readTreeTime([process.pid]);
  const until = performance.now() + 60;
  while (performance.now() < until);
  assert.ok(readTreeTime([process.pid]) - before >= 20_000);
  assert.throws(() => readTreeTime([process.pid, 4_194_304]), /no process 4194304/);
});

test("steal is the eighth column, and guest time is not counted a second time", () => {
  const from = parseSteal("cpu  10 0 10 70 0 0 0 10 99 99\ncpu0 1 1\n");
  assert.deepEqual(from, { steal: 10, total: 100 });
  assert.equal(stealBetween(from, { steal: 30, total: 200 }), 0.2);
  assert.equal(stealBetween(from, from), 0);
});
