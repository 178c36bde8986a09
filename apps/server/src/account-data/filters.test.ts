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

test("what is no JSON object, has broken numbers or is larger than 64 KiB is no filter", async () => {
  const put = (text: string) => house.accountData.putFilter(userId, text);
  await assert.rejects(put("{"), { code: "M_NOT_JSON" });
  for (const text of ["[]", "null", `"x"`, `{"room":{"timeline":{"limit":1.5}}}`]) await assert.rejects(put(text), { code: "M_BAD_JSON" });
  await assert.rejects(put(`{"a":"${"x".repeat(65_536)}"}`), { code: "M_TOO_LARGE" });
});

test("two uploads of one filter at the same time both get its id", async () => {
  const ids = await Promise.all(Array.from({ length: 4 }, () => house.accountData.putFilter(userId, `{"event_fields":["type"]}`)));
  assert.equal(new Set(ids).size, 1);
});
