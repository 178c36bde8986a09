import assert from "node:assert/strict";
import { test } from "node:test";
import { compileEventFields } from "./event-fields.ts";

const event =
  '{"type":"t","sender":"@a:x","event_id":"$1","origin_server_ts":1,"content":{"body":"b","msgtype":"m","a":{"b":1,"c":2},"a.b":3,"x\\\\y":4,"list":[{"d":1}]},"unsigned":{"transaction_id":"n"}}';
const fixed = { type: "t", sender: "@a:x", event_id: "$1", origin_server_ts: 1 };
const only = (...fields: string[]): unknown => JSON.parse(compileEventFields(fields)(event));

test("events keep what was asked for and what makes them events", () => {
  assert.deepEqual(only("content.body"), { ...fixed, content: { body: "b" } });
  assert.deepEqual(only("content.a.b", "content.msgtype"), { ...fixed, content: { msgtype: "m", a: { b: 1 } } });
  assert.deepEqual(only("content.a\\.b"), { ...fixed, content: { "a.b": 3 } });
  assert.deepEqual(only("content.x\\\\y"), { ...fixed, content: { "x\\y": 4 } });
  assert.deepEqual(only("unsigned"), { ...fixed, content: {}, unsigned: { transaction_id: "n" } });
  assert.deepEqual(only(), { ...fixed, content: {} });
});

test("the whole of something wins over a part of it, in either order; nothing is found inside lists and texts", () => {
  const whole = { list: [{ d: 1 }], a: { b: 1, c: 2 } };
  assert.deepEqual(only("content.a", "content.a.b", "content.list"), { ...fixed, content: whole });
  assert.deepEqual(only("content.a.b", "content.a", "content.list"), { ...fixed, content: whole });
  assert.deepEqual(only("content.list.0", "content.body.length"), { ...fixed, content: {} });
});

test("members with JavaScript's own names are members like others", () => {
  const strange = '{"content":{"__proto__":{"a":1},"constructor":{"b":1}}}';
  assert.equal(compileEventFields(["content.__proto__.a"])(strange), '{"content":{"__proto__":{"a":1}}}');
  assert.equal(compileEventFields(["content.toString", "content.__proto__.b"])('{"content":{}}'), '{"content":{}}');
});
