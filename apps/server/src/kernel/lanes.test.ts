import assert from "node:assert/strict";
import { test } from "node:test";
import { createLanes } from "./lanes.ts";

test("work in one lane runs one after another, in the order it was given", async () => {
  const lanes = createLanes();
  const order: string[] = [];
  const work = (name: string, turns: number) => async () => {
    order.push(`${name} begins`);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    order.push(`${name} ends`);
  };
  await Promise.all([lanes.run("a", work("first", 5)), lanes.run("a", work("second", 1))]);
  assert.deepEqual(order, ["first begins", "first ends", "second begins", "second ends"]);
});

test("a failure in a lane reaches its caller alone and does not stop the lane", async () => {
  const lanes = createLanes();
  const failing = lanes.run("a", () => {
    throw new Error("planned");
  });
  const next = lanes.run("a", () => "goes on");
  await assert.rejects(failing, /planned/);
  assert.equal(await next, "goes on");
});

test("lanes of different keys do not wait for one another", async () => {
  const lanes = createLanes();
  const gate = Promise.withResolvers<string>();
  const held = lanes.run("a", () => gate.promise);
  assert.equal(await lanes.run("b", () => "through"), "through");
  gate.resolve("late");
  assert.equal(await held, "late");
});
