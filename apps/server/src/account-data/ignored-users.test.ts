import assert from "node:assert/strict";
import { test } from "node:test";
import { createIgnoredUsers, ignoredIn } from "./ignored-users.ts";

const me = "@me:test";
const read = (content: object | number | null) => [...ignoredIn(me, JSON.stringify(content))];

test("who is named is ignored, and nobody ignores themselves", () => {
  assert.deepEqual(read({ ignored_users: { "@pest:test": {}, [me]: {} } }), ["@pest:test"]);
});

test("a list of a strange shape ignores nobody, and an absent one too", () => {
  for (const content of [{ ignored_users: 7 }, { ignored_users: ["@pest:test"] }, { ignored_users: null }, {}, [], 7, null])
    assert.deepEqual(read(content), []);
  assert.equal(ignoredIn(me, undefined).size, 0);
});

test("names such as constructor are ignored no more than they are said", () => {
  assert.equal(ignoredIn(me, '{"ignored_users":{"__proto__":{}}}').has("constructor"), false);
  assert.equal(ignoredIn(me, "{}").has("constructor"), false);
});

test("a list is read once, and again after it changed, also if the change falls into the reading", async () => {
  let stored: string | undefined;
  let reads = 0;
  const ignored = createIgnoredUsers({
    async find() {
      reads += 1;
      const found = stored;
      if (reads === 1) {
        stored = '{"ignored_users":{"@pest:test":{}}}';
        ignored.drop(me);
      }
      return found;
    },
  });
  assert.deepEqual([...(await ignored.get(me))], ["@pest:test"]);
  assert.deepEqual([...(await ignored.get(me))], ["@pest:test"]);
  assert.equal(reads, 2);
});
