import assert from "node:assert/strict";
import { test } from "node:test";
import { endpoints } from "@wardroom/spec";
import * as v from "valibot";
import { MatrixError } from "#kernel";
import { validate } from "./validate.ts";

const codes = { wrong: "M_INVALID_PARAM", missing: "M_MISSING_PARAM" } as const;

function faultOf(schema: v.GenericSchema, value: unknown): string {
  try {
    validate(schema, value, codes);
  } catch (error) {
    assert.ok(error instanceof MatrixError);
    return `${error.code} ${error.message}`;
  }
  return "valid";
}

test("a refusal speaks with the schema's own words, never with an expression or a code of the library", () => {
  const { getRoomEvents, getProfileField, getOneRoomEvent, postReceipt, createRoom } = endpoints;
  for (const [schema, value, fault] of [
    [getRoomEvents.query, { dir: "b", limit: "1.5" }, "limit: is not a whole number."],
    [getRoomEvents.query, { dir: "b", limit: "-1" }, "limit: is less than 0."],
    [getRoomEvents.query, { dir: "b", from: "x".repeat(256) }, "from: is longer than 255 characters."],
    [getProfileField.params, { userId: "@a:b", keyName: "A b" }, "keyName: is not the name of a profile field."],
    [getOneRoomEvent.params, { roomId: "x", eventId: "$e" }, "roomId: is not an identifier with ! of at most 255 bytes."],
    [postReceipt.body.schema, { thread_id: "" }, "thread_id: is empty."],
    [createRoom.body.schema, { creation_content: 7 }, "creation_content: is not an object."],
    [createRoom.body.schema, { name: "\u0000" }, "name: holds U+0000."],
    [createRoom.body.schema, { name: 7 }, "name: is not valid (expected string)."],
  ] as const) {
    assert.equal(faultOf(schema, value), `M_INVALID_PARAM ${fault}`);
  }
  assert.equal(faultOf(getRoomEvents.query, {}), "M_MISSING_PARAM dir: is missing.");
});

test("a refusal never repeats what was sent", () => {
  const secret = "hunter2-and-more";
  for (const schema of [
    v.object({ a: v.number() }),
    v.object({ a: v.pipe(v.string(), v.maxLength(3)) }),
    v.object({ a: v.picklist(["b", "c"]) }),
    v.object({ a: v.union([v.number(), v.boolean()]) }),
    v.object({ a: v.pipe(v.string(), v.regex(/^x$/)) }),
  ]) {
    assert.ok(!faultOf(schema, { a: secret }).includes("hunter2"));
  }
});
