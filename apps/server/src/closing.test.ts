import assert from "node:assert/strict";
import { test } from "node:test";
import { closeAfter, createClosing } from "./closing.ts";

test("steps are closed in reverse, each of them even after a failure, and once only", async () => {
  const closed: string[] = [];
  const closing = createClosing();
  closing.add(() => void closed.push("first"));
  closing.add(() => Promise.reject(new Error("second fails")));
  closing.add(() => void closed.push("third"));
  await assert.rejects(closing.close(), /second fails/);
  assert.deepEqual(closed, ["third", "first"]);
  await closing.close();
  assert.deepEqual(closed, ["third", "first"]);
});

test("after a failed start the failure is told, not what closing made of it", async () => {
  const closing = createClosing();
  closing.add(() => Promise.reject(new Error("closing fails too")));
  await assert.rejects(closeAfter(closing, new Error("the cause")), /the cause/);
});
