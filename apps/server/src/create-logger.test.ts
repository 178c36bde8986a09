import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "./create-logger.ts";

function logged(fields: Readonly<Record<string, unknown>>): { readonly line: string; readonly parsed: Readonly<Record<string, unknown>> } {
  const lines: string[] = [];
  createLogger("info", (line) => lines.push(line)).info(fields, "a message");
  assert.equal(lines.length, 1);
  const line = lines[0] ?? "";
  // Proven by its use: each line is one object.
  return { line, parsed: JSON.parse(line) as Readonly<Record<string, unknown>> };
}

test("a log line is one JSON object with its level as a word and its time in UTC", () => {
  const { parsed } = logged({ roomId: "!room:test" });
  assert.deepEqual(Object.keys(parsed), ["level", "time", "roomId", "msg"]);
  assert.deepEqual([parsed["level"], parsed["msg"]], ["info", "a message"]);
  assert.match(String(parsed["time"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("a field holds what it was given and can neither begin another line nor steer a terminal", () => {
  const forged = `x\n{"level":"error","msg":"forged"}\r\u001b[2J\u009b2J\u0085\u2028\u2029\u202etxt.\u200b\ufeff\u0000"}`;
  const { line, parsed } = logged({ appId: forged, [forged]: 1 });
  assert.equal(line.indexOf("\n"), line.length - 1);
  assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  assert.deepEqual([parsed["appId"], parsed[forged], parsed["level"], parsed["msg"]], [forged, 1, "info", "a message"]);
});

test("a field of long text is escaped like a short one", () => {
  const long = `${"x".repeat(500)}\n\u009b\u202e${"y".repeat(500)}`;
  const { line, parsed } = logged({ appId: long });
  assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\p{Cf}]/u);
  assert.equal(parsed["appId"], long);
});

test("below the lowest level nothing is written", () => {
  const lines: string[] = [];
  const log = createLogger("warn", (line) => lines.push(line));
  log.info({}, "not told");
  log.warn({}, "told");
  assert.equal(lines.length, 1);
});
