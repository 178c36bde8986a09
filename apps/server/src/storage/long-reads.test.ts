import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test, type TestContext } from "node:test";
import { createLongReads } from "./long-reads.ts";
import { createLogSpy, makeStorePlace, PAGE_KEY } from "./storage.test-support.ts";

const COUNT = 1;
const WRONG = 2;
const LATER = 3;

function openReads(context: TestContext) {
  const place = makeStorePlace(context);
  const { log, errors } = createLogSpy();
  const reads = createLongReads({ path: place.path, key: createSecretKey(PAGE_KEY), cipher: "aegis" }, log);
  context.after(() => reads.close());
  reads.addStatement(COUNT, "SELECT count(*) AS notes FROM note");
  return { reads, errors, makeFile: async () => (await place.open()).close() };
}

test("a reader that died is logged, fails only what waited for it, and the next read has another that knows every statement", async (context) => {
  const { reads, errors, makeFile } = openReads(context);
  // The thread dies because there is no file yet.
  const lost = await Promise.allSettled([reads.read(COUNT, []), reads.read(COUNT, [])]);
  assert.deepEqual(
    lost.map((result) => result.status === "rejected" && result.reason.name),
    ["StoreFailed", "StoreFailed"],
  );
  assert.equal(errors.length, 1);
  await makeFile();
  assert.deepEqual(await reads.read(COUNT, []), [{ notes: 0 }]);
  reads.addStatement(LATER, "SELECT 1 AS one");
  assert.deepEqual(await Promise.all([reads.read(LATER, []), reads.read(COUNT, [])]), [[{ one: 1 }], [{ notes: 0 }]]);
  await reads.close();
  assert.equal(errors.length, 1, "the ordinary end is no fault");
});

test("a statement that cannot be run fails alone, each time, and never gives no rows", async (context) => {
  const { reads, errors, makeFile } = openReads(context);
  await makeFile();
  reads.addStatement(WRONG, "SELECT * FROM nowhere");
  const wrong = () => assert.rejects(reads.read(WRONG, []), { name: "StoreFailed", message: /no such table/ });
  await Promise.all([wrong(), wrong(), assert.rejects(reads.read(99, []), { name: "StoreFailed" })]);
  assert.deepEqual(await reads.read(COUNT, []), [{ notes: 0 }]);
  assert.deepEqual(errors, []);
});
