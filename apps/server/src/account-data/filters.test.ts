import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openHouse, type TestHouse, userId } from "./account-data.test-support.ts";

let house: TestHouse;
before(async () => {
  house = await openHouse();
});
after(() => house.close());

const filter = `{"room":{"timeline":{"limit":10}}}`;
const notFound = { code: "M_NOT_FOUND" };

test("equal filters share an id, however they are written, and other filters have another", async () => {
  const { accountData } = house;
  const id = await accountData.putFilter(userId, filter);
  assert.equal(await accountData.putFilter(userId, ` { "room" : {"timeline":{"limit":10}} } `), id);
  assert.notEqual(await accountData.putFilter(userId, `{"room":{"timeline":{"limit":11}}}`), id);
  assert.match(id, /^[A-Za-z0-9_-]{22}$/, "an id that begins with { would be read as a filter");
  assert.equal(await accountData.getFilter(userId, id), filter);
});

test("a filter is its owner's: another user neither reads it nor learns that it exists", async () => {
  const id = await house.accountData.putFilter(userId, filter);
  await assert.rejects(house.accountData.getFilter("@bob:example.org", id), notFound);
  assert.notEqual(await house.accountData.putFilter("@bob:example.org", filter), id);
});

test("an id that was never given out is not found", async () => {
  for (const id of ["", "0", "constructor", "' OR 1=1 --", "x".repeat(10_000)]) {
    await assert.rejects(house.accountData.getFilter(userId, id), notFound);
  }
});

test("what is no JSON object, has broken numbers or is larger than 16 KiB is no filter", async () => {
  const put = (text: string) => house.accountData.putFilter(userId, text);
  await assert.rejects(put("{"), { code: "M_NOT_JSON" });
  for (const text of ["[]", "null", `"x"`, `{"room":{"timeline":{"limit":1.5}}}`]) await assert.rejects(put(text), { code: "M_BAD_JSON" });
  const sized = (bytes: number) => `{"a":"${"x".repeat(bytes - 8)}"}`;
  assert.equal(Buffer.byteLength(sized(16_384)), 16_384);
  await put(sized(16_384));
  await assert.rejects(put(sized(16_385)), { code: "M_TOO_LARGE" });
});

test("two uploads of one filter at the same time both get its id", async () => {
  const ids = await Promise.all(Array.from({ length: 4 }, () => house.accountData.putFilter(userId, `{"event_fields":["type"]}`)));
  assert.equal(new Set(ids).size, 1);
});

test("uploads at the same time do not slip past the number of filters that an account may keep", async () => {
  const small = await openHouse({ valuesPerUser: 10, bytesPerUser: 100_000, filtersPerUser: 3 });
  try {
    const text = (at: number) => `{"room":{"timeline":{"limit":${at}}}}`;
    const put = (at: number) => small.accountData.putFilter(userId, text(at));
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, (_, at) => put(at)));
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 3);
    for (const outcome of outcomes) if (outcome.status === "rejected") assert.equal(outcome.reason.code, "M_TOO_LARGE");
    await assert.rejects(put(99), { code: "M_TOO_LARGE" });
    await put(0);
    await small.accountData.putFilter("@bob:example.org", text(99));
  } finally {
    await small.close();
  }
});

test("an account keeps 200 filters", async () => {
  const put = (at: number) => house.accountData.putFilter("@many:example.org", `{"room":{"timeline":{"limit":${at}}}}`);
  for (let at = 0; at < 200; at += 1) await put(at);
  await assert.rejects(put(200), { code: "M_TOO_LARGE" });
});
