import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseJson, type JsonObject } from "@wardroom/matrix-core";
import { createFakeClock } from "@wardroom/testkit";
import { createAccountData } from "#account-data";
import { actor, openHouse, type TestHouse, userId } from "./account-data.test-support.ts";

const room = "!room:example.org";
const bob = { ...actor, userId: "@bob:example.org" };
const notFound = { code: "M_NOT_FOUND" };

let house: TestHouse;
before(async () => {
  house = await openHouse();
});
after(() => house.close());

const changed = async (since: number, until = house.storage.durablePosition(), user = userId) =>
  (await house.accountData.listChanged(user, since, until)).filter(({ type }) => type !== "m.push_rules");

test("a value is kept per user, room and type, and nobody falls back to another's", async () => {
  const { accountData } = house;
  await accountData.put(actor, undefined, "org.example.theme", { dark: true });
  await accountData.put(actor, room, "org.example.theme", { dark: false });
  assert.equal(await accountData.get(userId, undefined, "org.example.theme"), `{"dark":true}`);
  assert.equal(await accountData.get(userId, room, "org.example.theme"), `{"dark":false}`);
  await assert.rejects(accountData.get(userId, "!other:example.org", "org.example.theme"), notFound);
  await assert.rejects(accountData.get(bob.userId, undefined, "org.example.theme"), notFound);
  await assert.rejects(accountData.get(userId, undefined, "org.example.absent"), notFound);
});

test("a change takes its position from the commit and is listed once, in order, at its newest position only", async () => {
  const { accountData, storage } = house;
  const start = storage.durablePosition();
  await accountData.put(actor, undefined, "m.direct", { one: [] });
  const between = storage.durablePosition();
  await accountData.put(actor, room, "m.tag", { tags: {} });
  await accountData.put(bob, undefined, "m.direct", { bob: [] });
  await accountData.put(actor, undefined, "m.direct", { two: [] });
  const end = storage.durablePosition();
  assert.ok(start < between && between < end);
  const rows = await changed(start);
  assert.deepEqual(
    rows.map(({ roomId, type, contentJson }) => [roomId, type, contentJson]),
    [
      [room, "m.tag", `{"tags":{}}`],
      [undefined, "m.direct", `{"two":[]}`],
    ],
  );
  assert.deepEqual(await changed(start, between), [], "the older value is not shown at a newer position");
  assert.deepEqual(await changed(end), []);
});

test("who waits is told once the row can be read at the durable position", async () => {
  const before = house.changes.length;
  await house.accountData.put(bob, undefined, "org.example.wake", { awake: true });
  const told = house.changes.slice(before);
  assert.equal(told.length, 1);
  assert.equal(told[0]?.userId, bob.userId);
  const rows = await changed((told[0]?.position ?? 0) - 1, told[0]?.position, bob.userId);
  assert.deepEqual(
    rows.map(({ type }) => type),
    ["org.example.wake"],
  );
});

test("nobody is told of a change that was refused", async () => {
  const before = house.changes.length;
  await assert.rejects(house.accountData.put(actor, undefined, "m.push_rules", { global: {} }));
  await assert.rejects(house.accountData.put(actor, undefined, "org.example.big", { text: "x".repeat(65_536) }));
  assert.equal(house.changes.length, before);
});

test("types that the server manages are refused with 405 M_BAD_JSON, global and in a room, and can be read", async () => {
  const { accountData } = house;
  for (const type of ["m.fully_read", "m.push_rules"]) {
    for (const where of [undefined, room]) {
      await assert.rejects(accountData.put(actor, where, type, {}), { code: "M_BAD_JSON", details: { status: 405 } });
    }
  }
  await accountData.putInternal(userId, room, "m.fully_read", { event_id: "$event" });
  assert.equal(await accountData.get(userId, room, "m.fully_read"), `{"event_id":"$event"}`);
});

test("a value has at most 64 KiB of JSON, counted in bytes", async () => {
  const { accountData } = house;
  const frame = Buffer.byteLength(JSON.stringify({ text: "" }));
  await accountData.put(actor, undefined, "org.example.size", { text: "x".repeat(65_536 - frame) });
  await assert.rejects(accountData.put(actor, undefined, "org.example.size", { text: "x".repeat(65_537 - frame) }), {
    code: "M_TOO_LARGE",
  });
  await assert.rejects(accountData.put(actor, undefined, "org.example.size", { text: "设".repeat(22_000) }), { code: "M_TOO_LARGE" });
});

test("a user keeps a bounded number of values; replacing one that is there goes on", async () => {
  const small = await openHouse({ valuesPerUser: 3, bytesPerUser: 10_000, filtersPerUser: 1 });
  try {
    for (const type of ["a", "b", "c"]) await small.accountData.put(actor, undefined, type, {});
    await assert.rejects(small.accountData.put(actor, undefined, "d", {}), { code: "M_TOO_LARGE" });
    await assert.rejects(small.accountData.put(actor, room, "a", {}), { code: "M_TOO_LARGE" });
    await small.accountData.put(actor, undefined, "c", { again: true });
    await small.accountData.put(bob, undefined, "a", {});
    await small.accountData.putFilter(userId, `{"a":1}`);
    await assert.rejects(small.accountData.putFilter(userId, `{"a":2}`), { code: "M_TOO_LARGE" });
    await small.accountData.putFilter(userId, `{"a":1}`);
  } finally {
    await small.close();
  }
});

test("types and room ids from outside are bounded, and names of members of Object are types like others", async () => {
  const { accountData } = house;
  const invalid = { code: "M_INVALID_PARAM" };
  for (const type of ["", "a\u0000b", "x".repeat(256), "\ud800"])
    await assert.rejects(accountData.put(actor, undefined, type, {}), invalid);
  for (const roomId of ["", "room", "@alice:example.org", `!${"x".repeat(300)}`]) {
    await assert.rejects(accountData.put(actor, roomId, "org.example.x", {}), invalid);
  }
  await assert.rejects(accountData.get(userId, undefined, "constructor"), notFound);
  const hostile = parseJson(`{"__proto__":{"admin":true},"constructor":1}`);
  for (const type of ["constructor", "__proto__", "'; DROP TABLE account_data; --"]) {
    await accountData.put(actor, undefined, type, hostile as JsonObject); // written as an object two lines up
    assert.equal(await accountData.get(userId, undefined, type), `{"__proto__":{"admin":true},"constructor":1}`);
  }
});

test("the store holds no word of a value, and an erased person's values are gone and cannot be written again", async () => {
  const small = await openHouse();
  try {
    const { accountData, keys, storage } = small;
    await accountData.put(actor, undefined, "org.example.secret", { text: "the words themselves" });
    const filterId = await accountData.putFilter(userId, `{"room":{"rooms":["!secretroom"]}}`);
    interface Tables {
      readonly account_data: { readonly content: Uint8Array };
      readonly filters: { readonly content: Uint8Array };
    }
    for (const table of ["account_data", "filters"] as const) {
      const rows = await storage.statements
        .read<Tables, Record<never, never>, { content: Uint8Array }>((db) => db.selectFrom(table).select("content"))
        .all({});
      assert.equal(rows.length, 1);
      for (const { content } of rows) assert.doesNotMatch(Buffer.from(content).toString("latin1"), /words|secretroom/);
    }
    await keys.destroyPerson(userId);
    await assert.rejects(accountData.get(userId, undefined, "org.example.secret"), notFound);
    await assert.rejects(accountData.getFilter(userId, filterId), notFound);
    assert.deepEqual(
      (await accountData.listChanged(userId, 0, storage.durablePosition())).map(({ type }) => type),
      ["m.push_rules"],
    );
    await assert.rejects(accountData.put(actor, undefined, "org.example.secret", {}), { code: "M_USER_DEACTIVATED" });
  } finally {
    await small.close();
  }
});

/** A house whose accounts keep 2,000 bytes, in which alice has one value of about 600. */
async function openSmall(): Promise<TestHouse> {
  const small = await openHouse({ valuesPerUser: 100, bytesPerUser: 2_000, filtersPerUser: 1 });
  await small.accountData.put(actor, undefined, "first", { text: "x".repeat(600) });
  return small;
}

test("all values of an account together have a bounded size, and the refusal names it", async () => {
  const small = await openSmall();
  try {
    const put = (type: string, size: number, who = actor) => small.accountData.put(who, room, type, { text: "x".repeat(size) });
    await put("second", 600);
    await assert.rejects(put("third", 700), { code: "M_TOO_LARGE", message: /at most 2000 bytes in all/ });
    await assert.rejects(put("second", 1_300), { code: "M_TOO_LARGE" });
    await put("second", 500);
    await put("third", 500);
    await put("third", 700, bob);
    await assert.rejects(put("fourth", 500), { code: "M_TOO_LARGE" });
  } finally {
    await small.close();
  }
});

test("puts that are in flight together do not slip through the bound, whatever they replace", async () => {
  const small = await openSmall();
  try {
    const put = (type: string, size: number) => small.accountData.put(actor, undefined, type, { text: "x".repeat(size) });
    // Each of these, looked at alone, gives 600 bytes back.
    await Promise.all(Array.from({ length: 10 }, () => put("first", 1)));
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => put(`more${n}`, 500)));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 3);
  } finally {
    await small.close();
  }
});

test("what an account stored before a restart counts after it", async () => {
  const small = await openSmall();
  try {
    const { storage, keys } = small;
    const limits = { valuesPerUser: 100, bytesPerUser: 2_000, filtersPerUser: 1 };
    const again = createAccountData({ storage, keys, clock: createFakeClock(), onChanged: () => {}, limits });
    await assert.rejects(again.put(actor, undefined, "second", { text: "x".repeat(1_400) }), { code: "M_TOO_LARGE" });
    await again.put(actor, undefined, "second", { text: "x".repeat(1_000) });
  } finally {
    await small.close();
  }
});
