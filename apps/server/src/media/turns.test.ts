import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "./turns.ts";

const busy = { code: "M_LIMIT_EXCEEDED" };

test("who asks for many pictures waits for their own, and nobody else waits for them", async () => {
  const turns = createTurns({ waiting: 100, waitingPerPerson: 100 });
  const order: string[] = [];
  const ask = (person: string, name: string) => turns.take(person, async () => void order.push(name));
  await Promise.all([
    ...["m1", "m2", "m3", "m4"].map((name) => ask("mallory", name)),
    ask("alice", "a1"),
    ask("bob", "b1"),
    ask("bob", "b2"),
  ]);
  assert.deepEqual(order, ["m1", "m2", "a1", "b1", "m3", "b2", "m4"]);
});

test("one person's places and those of all are bounded, and each becomes free when its work is over, also by a fault", async () => {
  const turns = createTurns({ waiting: 3, waitingPerPerson: 2 });
  const gate = Promise.withResolvers<void>();
  const first = turns.take("a", () => gate.promise);
  const second = turns.take("a", () => Promise.reject(new Error("broken")));
  await assert.rejects(
    turns.take("a", async () => {}),
    busy,
  );
  const third = turns.take("b", async () => "b");
  await assert.rejects(
    turns.take("c", async () => {}),
    busy,
  );
  gate.resolve();
  await first;
  await assert.rejects(second, /broken/);
  assert.equal(await third, "b");
  assert.equal(await turns.take("a", async () => "again"), "again");
  await turns.over();
});
