import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { makeStorePlace, notesOf } from "./storage.test-support.ts";

const program = fileURLToPath(new URL("./crash-writer.test-support.ts", import.meta.url));
const ROUNDS = 3;

test("kill -9 in the middle of a load loses no acknowledged batch, keeps each whole, and order and position go on", async (context) => {
  const place = makeStorePlace(context);
  const acknowledged = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const child = spawn(process.execPath, [program, place.path, `r${round}.`], { stdio: ["ignore", "pipe", "inherit"] });
    context.after(() => child.kill("SIGKILL"));
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [id = "", first] = line.split(" ");
      acknowledged.set(id, Number(first));
      lines += 1;
      if (lines === 200 + round * 150) child.kill("SIGKILL");
    }
    const store = await place.open();
    const notes = notesOf(store);
    const rows = await notes.list();
    const stored = new Map(rows.map(({ id, place: at }) => [id, at]));
    for (const [id, first] of acknowledged) {
      assert.equal(stored.get(`${id}a`), first, id);
      assert.equal(stored.get(`${id}b`), first + 1, id);
    }
    assert.deepEqual(
      rows.map(({ place: at }) => at),
      Array.from({ length: rows.length }, (_, index) => index + 1),
      "no batch is half there and no position is missing or twice",
    );
    assert.equal(store.durablePosition(), rows.length);
    await store.close();
  }
  assert.ok(acknowledged.size >= 200 * ROUNDS);
});
