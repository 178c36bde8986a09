import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { test } from "node:test";
import { Conflict, position } from "./contract.ts";
import { CIPHERS, createLogSpy, makeStorePlace, notesOf } from "./storage.test-support.ts";

for (const cipher of CIPHERS) {
  test(`a batch is committed whole and read back by both readers (${cipher})`, async (context) => {
    const store = await makeStorePlace(context).open({ cipher });
    const notes = notesOf(store);
    assert.deepEqual(await store.commit(notes.add("a", "tea")), { first: 1 });
    for (const found of [await notes.find("a"), (await notes.list())[0], (await notes.listLong())[0]]) {
      assert.deepEqual({ ...found, body: Buffer.from(found?.body ?? []).toString() }, { id: "a", place: 1, body: "tea" });
    }
    assert.equal(await notes.find("b"), undefined);
    await store.close();
  });
}

test("one failing batch of a group is written not at all, the others whole, and positions have no gap", async (context) => {
  const store = await makeStorePlace(context).open();
  const notes = notesOf(store);
  const again = { positions: 1, writes: [...notes.add("new").writes, ...notes.add("a").writes] };
  const results = await Promise.allSettled([
    store.commit(notes.add("a")),
    store.commit(again),
    store.commit({ writes: [notes.setCounter("n", 5, 6)] }),
    store.commit(notes.add("c")),
  ]);
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? result.value.first : result.reason instanceof Conflict)),
    [1, true, true, 2],
  );
  assert.deepEqual(
    (await notes.list()).map(({ id, place }) => [id, place]),
    [
      ["a", 1],
      ["c", 2],
    ],
  );
  await store.close();
});

test("an expectation is exact: of two that take the same thing in one group, the second gets nothing", async (context) => {
  const store = await makeStorePlace(context).open();
  const notes = notesOf(store);
  await store.commit({ writes: [notes.setCounter("key", -1, 0)] });
  await assert.rejects(store.commit({ writes: [notes.setCounter("key", -1, 9)] }), Conflict);
  const takers = await Promise.allSettled([1, 2, 3].map((value) => store.commit({ writes: [notes.setCounter("key", 0, value)] })));
  assert.deepEqual(
    takers.map(({ status }) => status),
    ["fulfilled", "rejected", "rejected"],
  );
  assert.equal(await notes.counter("key"), 1);
  await store.close();
});

test("a fenced chain fails as a whole behind the batch that failed", async (context) => {
  const store = await makeStorePlace(context).open();
  const notes = notesOf(store);
  await store.commit({ writes: [notes.setCounter("head", -1, 0)] });
  const step = (from: number, to: number, id: string) => ({
    positions: 1,
    writes: [notes.setCounter("head", from, to), ...notes.add(id).writes],
  });
  const results = await Promise.allSettled(
    [step(0, 1, "a"), step(1, 2, "a"), step(2, 3, "b"), step(3, 4, "c")].map((batch) => store.commit(batch)),
  );
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "rejected", "rejected"],
  );
  assert.equal(await notes.counter("head"), 1);
  await store.close();
});

test("positions follow the order of the calls, without gap, over many groups", async (context) => {
  const store = await makeStorePlace(context).open();
  const notes = notesOf(store);
  const firsts: number[] = [];
  const three = (id: string) => ({
    positions: 3,
    writes: [2, 0, 1].map((offset) => ({
      ...notes.add(`${id}${offset}`).writes[0],
      params: [`${id}${offset}`, position(offset), Buffer.alloc(0)],
    })),
  });
  const commits: Promise<unknown>[] = [];
  for (let turn = 0; turn < 40; turn += 1) {
    for (let each = 0; each < 10; each += 1) {
      const batch = three(`${turn}.${each}.`);
      commits.push(
        store.commit(
          { ...batch, writes: batch.writes.map((write) => ({ statement: write.statement ?? 0, params: write.params })) },
          ({ first }) => firsts.push(first),
        ),
      );
    }
    await new Promise(setImmediate);
  }
  await Promise.all(commits);
  assert.deepEqual(
    firsts,
    Array.from({ length: 400 }, (_, index) => index * 3 + 1),
  );
  assert.equal(store.durablePosition(), 1200);
  assert.deepEqual(
    (await notes.list()).map(({ place }) => place),
    Array.from({ length: 1200 }, (_, index) => index + 1),
  );
  assert.equal((await notes.find("0.0.2"))?.place, 3);
  await store.close();
});

test("memory advances before the position shows, and the position before any acknowledgement", async (context) => {
  const store = await makeStorePlace(context).open();
  const notes = notesOf(store);
  const order: string[] = [];
  store.onCommitted((at) => order.push(`position ${at}`));
  const add = (id: string) =>
    store
      .commit(notes.add(id), ({ first }) => order.push(`${id} durable at ${first}, shown ${store.durablePosition()}`))
      .then(() => order.push(`${id} acknowledged`));
  await Promise.all([add("a"), add("b")]);
  assert.deepEqual(order, ["a durable at 1, shown 0", "b durable at 2, shown 0", "position 2", "a acknowledged", "b acknowledged"]);
  await store.close();
});

test("a reader never finds a position ahead of the rows below it", async (context) => {
  const store = await makeStorePlace(context).open();
  const notes = notesOf(store);
  const seen: number[] = [];
  store.onCommitted((at) => {
    seen.push(at);
    void notes.list().then((rows) => assert.ok(rows.filter(({ place }) => place <= at).length === at, `rows up to ${at}`));
  });
  await Promise.all(Array.from({ length: 300 }, (_, index) => store.commit(notes.add(`n${index}`))));
  assert.deepEqual(
    seen,
    seen.toSorted((one, other) => one - other),
  );
  assert.equal(seen.at(-1), 300);
  await store.close();
});

test("work after a commit that throws reaches its own caller and keeps nobody else from hearing", async (context) => {
  const store = await makeStorePlace(context).open();
  const notes = notesOf(store);
  store.onCommitted(() => {
    throw new Error("listener");
  });
  const results = await Promise.allSettled([
    store.commit(notes.add("a"), () => {
      throw new Error("planned");
    }),
    store.commit(notes.add("b")),
  ]);
  assert.deepEqual(
    results.map((result) => (result.status === "rejected" ? String(result.reason) : result.value.first)),
    ["Error: planned", 2],
  );
  await store.close();
});

test("a full queue refuses before anything is queued, by number and by bytes, and takes work again afterwards", async (context) => {
  const store = await makeStorePlace(context).open({ limits: { batches: 3, bytes: 10_000 } });
  const notes = notesOf(store);
  const refused = { name: "MatrixError", code: "M_LIMIT_EXCEEDED" };
  const commits = ["a", "b", "c"].map((id) => store.commit(notes.add(id)));
  await assert.rejects(store.commit(notes.add("d")), (error) => {
    assert.ok(error instanceof Error && "details" in error);
    assert.deepEqual(error.details, { retryAfterMs: 500 });
    return error.name === "MatrixError";
  });
  await Promise.all(commits);
  await assert.rejects(store.commit(notes.add("e", "x".repeat(10_000))), refused);
  await store.commit(notes.add("f"));
  assert.deepEqual(
    (await notes.list()).map(({ id }) => id),
    ["a", "b", "c", "f"],
  );
  await store.close();
});

test("a place in the feed that a batch does not draw is refused: it would be another batch's", async (context) => {
  const store = await makeStorePlace(context).open();
  const notes = notesOf(store);
  const { writes } = notes.add("a");
  await assert.rejects(store.commit({ writes }), TypeError);
  await assert.rejects(
    store.commit({ positions: 1, writes: writes.map((write) => ({ ...write, params: ["a", position(1), Buffer.alloc(0)] })) }),
    TypeError,
  );
  await store.close();
});

test("a write with a missing or unstorable value is refused where it is made", async (context) => {
  const store = await makeStorePlace(context).open();
  const write = store.statements.write<{ counter: { id: string; n: number } }, { id: string; n: number }>((db, p) =>
    db.insertInto("counter").values({ id: p.id, n: p.n }),
  );
  // What a caller without types could pass.
  for (const params of [{ id: "a" }, { id: "a", n: true }, { id: "a", n: Number.NaN }, { id: { toString: "x" }, n: 1 }, undefined]) {
    assert.throws(() => write(params as { id: string; n: number }), TypeError);
  }
  await store.close();
});

test("a statement that names no table of the schema, or uses a parameter as a value, fails when it is made", async (context) => {
  const store = await makeStorePlace(context).open();
  assert.throws(
    () => store.statements.read<{ nowhere: { id: string } }, object, object>((db) => db.selectFrom("nowhere").selectAll()),
    /no such table/,
  );
  assert.throws(
    () =>
      store.statements.read<{ note: { id: string } }, { id: string }, object>((db, p) =>
        db.selectFrom("note").selectAll().where("id", "=", `${p.id}%`),
      ),
    /has no value/,
  );
  await store.close();
});

test("close writes what is queued, ends readers and refuses what comes after", async (context) => {
  const place = makeStorePlace(context);
  const store = await place.open();
  const notes = notesOf(store);
  const queued = Array.from({ length: 50 }, (_, index) => store.commit(notes.add(`n${index}`)));
  const [closed] = await Promise.all([store.close(), store.close()]);
  assert.equal(closed, undefined);
  assert.equal((await Promise.all(queued)).length, 50);
  await assert.rejects(store.commit(notes.add("late")), { name: "StoreFailed", message: /closed/ });
  await assert.rejects(notes.listLong(), { name: "StoreFailed" });
  const again = await place.open();
  assert.equal((await notesOf(again).list()).length, 50);
  await again.close();
});

test("a store that is closing refuses commits at once, also while a long read is still running, and lets the last commits read", async (context) => {
  const store = await makeStorePlace(context).open();
  const notes = notesOf(store);
  const reads: Promise<unknown>[] = [];
  const queued = store.commit(notes.add("a"), () => reads.push(notes.list()));
  const reading = notes.listLong();
  const closed = store.close();
  assert.throws(() => store.admit(), { name: "StoreFailed", message: /closed/ });
  await assert.rejects(store.commit(notes.add("late")), { name: "StoreFailed", message: /closed/ });
  await Promise.all([queued, reading, closed]);
  assert.equal((await Promise.all(reads)).length, 1);
});

test("a fault of the disk while the store closes is logged, an ordinary closing is not", async (context) => {
  for (const faulty of [false, true]) {
    const place = makeStorePlace(context);
    const { log, errors } = createLogSpy();
    const store = await place.open({ log });
    await store.commit(notesOf(store).add("a"));
    // What the last checkpoint has to read is gone.
    if (faulty) truncateSync(`${place.path}-wal`);
    await store.close();
    assert.equal(errors.length, faulty ? 1 : 0);
  }
});

test("the position goes on after a restart, and the store keeps its name", async (context) => {
  const place = makeStorePlace(context);
  const first = await place.open();
  await first.commit(notesOf(first).add("a"));
  await first.close();
  const again = await place.open();
  assert.equal(again.generation, first.generation);
  assert.equal(again.durablePosition(), 1);
  assert.deepEqual(await again.commit(notesOf(again).add("b")), { first: 2 });
  await again.close();
  const other = await makeStorePlace(context).open();
  assert.notEqual(other.generation, first.generation);
  await other.close();
});
