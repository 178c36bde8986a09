import assert from "node:assert/strict";
import { test } from "node:test";
import { describeFault, faultText, framesOf } from "./describe-fault.ts";

function faultOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test("a fault of a parser is named without its message, which quotes what was parsed", () => {
  for (const fault of [faultOf(() => JSON.parse("the secret word")), faultOf(() => decodeURIComponent("%secret"))]) {
    assert.ok(fault instanceof Error);
    assert.deepEqual(describeFault(fault), { error: fault.name });
    assert.equal(faultText(fault), fault.name);
  }
});

test("frames of a fault hold nothing of its message, however many lines that has", () => {
  const frames = framesOf(new Error("first secret\nsecond secret"));
  assert.match(frames, /^ {4}at /);
  assert.doesNotMatch(frames, /secret/);
});

test("other faults keep name, code and the beginning of their message; what is no error is named by its type only", () => {
  const full = Object.assign(new Error(`no space ${"x".repeat(2000)}`), { code: "ENOSPC" });
  assert.deepEqual([describeFault(full).code, describeFault(full).message?.length], ["ENOSPC", 500]);
  assert.match(faultText(full), /^Error: no space x/);
  assert.deepEqual(describeFault("the secret word"), { error: "string" });
});
