import assert from "node:assert/strict";
import { test } from "node:test";
import { openMedia } from "./media.test-support.ts";
import { createMediaReferences } from "./media-references.ts";

const event = (content: object) => ({ roomId: "!r", eventId: "$e", sender: "@a:test", content, offset: 0 });

test("every address of this server in the values of an event is found once, wherever it stands", async (context) => {
  const { onEventAppended } = createMediaReferences((await openMedia(context)).storage.statements, "test");
  const count = (content: object) => onEventAppended(event(content)).length;
  assert.equal(count({ body: "hello", msgtype: "m.text" }), 0);
  assert.equal(count({ url: "mxc://test/abc" }), 1);
  assert.equal(count({ url: "mxc://test/abc", info: { thumbnail_url: "mxc://test/abc" } }), 1);
  assert.equal(count({ a: [[{ b: 'x mxc://test/a-b_c) and mxc://test/d"' }]] }), 2);
  for (const other of [
    "mxc://elsewhere/abc",
    "mxc://test.example/abc",
    "mxc://test/",
    "mxc://test/../x",
    "MXC://test/abc",
    "https://test/abc",
  ])
    assert.equal(count({ url: other }), 0, other);
  assert.equal(count({ "mxc://test/key": 1 }), 0);
  const constructed: unknown = JSON.parse('{"__proto__":{"url":"mxc://test/a"},"constructor":"mxc://test/b"}');
  assert.ok(typeof constructed === "object" && constructed !== null);
  assert.equal(count(constructed), 2);
});

test("one event names a bounded number of files", async (context) => {
  const { onEventAppended } = createMediaReferences((await openMedia(context)).storage.statements, "test");
  const body = Array.from({ length: 5000 }, (_, index) => `mxc://test/${index}`).join(" ");
  assert.equal(onEventAppended(event({ body })).length, 500);
});
