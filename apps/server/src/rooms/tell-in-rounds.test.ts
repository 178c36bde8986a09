import assert from "node:assert/strict";
import { test } from "node:test";
import { person } from "./rooms.test-support.ts";
import { createRounds } from "./tell-in-rounds.ts";

const [ada, bob] = [person("ada"), person("bob")];

function open() {
  const begun: { readonly userId: string; readonly end: () => void; readonly fail: () => void }[] = [];
  const announce = createRounds(({ userId }) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    begun.push({ userId, end: resolve, fail: () => reject(new Error("the store is gone")) });
    return promise;
  });
  return { begun, announce };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("whoever changes their name ten times at once goes through their rooms twice: as it was at first, and as it is at last", async () => {
  const { begun, announce } = open();
  const asked = Array.from({ length: 10 }, () => announce(ada));
  await turn();
  assert.equal(begun.length, 1);
  begun[0]?.end();
  await turn();
  assert.equal(begun.length, 2, "one more, for the nine");
  begun[1]?.end();
  await Promise.all(asked);
  void announce(ada);
  assert.equal(begun.length, 3, "and nothing is kept of it");
});

test("one person's rounds keep no other waiting, and one that fails does not keep the next from beginning", async () => {
  const { begun, announce } = open();
  const [first, second] = [announce(ada), announce(ada)];
  void announce(bob);
  assert.deepEqual(
    begun.map(({ userId }) => userId),
    [ada.userId, bob.userId],
  );
  begun[0]?.fail();
  await assert.rejects(first, /the store is gone/);
  await turn();
  begun[2]?.end();
  await second;
});
