import assert from "node:assert/strict";
import { test } from "node:test";
import { disposition, servedType, storedType } from "./media-headers.ts";

test("of a content type are kept the type and the character set, or nothing that could be more than that", () => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, "application/octet-stream"],
    ["", "application/octet-stream"],
    ["image/PNG", "image/png"],
    ['text/plain; charset="UTF-8"', "text/plain; charset=utf-8"],
    ["text/plain;charset=utf-8; format=flowed", "text/plain; charset=utf-8"],
    ["video/mp4; codecs=avc1", "video/mp4"],
    ["image/png\r\nSet-Cookie: x", "application/octet-stream"],
    ["image", "application/octet-stream"],
    ["image/png, text/html", "application/octet-stream"],
    ["*/*", "application/octet-stream"],
    [`${"x".repeat(200)}/y`, "application/octet-stream"],
  ];
  for (const [sent, kept] of cases) assert.equal(storedType(sent), kept, sent ?? "none");
});

test("only types of the specification's list are inline, by the whole type", () => {
  for (const type of ["image/png", "text/plain; charset=utf-8", "application/json"]) assert.equal(disposition(type, undefined), "inline");
  for (const type of [
    "image/svg+xml",
    "text/html",
    "image/png+xml",
    "text/plainx",
    "application/pdf",
    "application/octet-stream",
    "constructor",
  ])
    assert.equal(disposition(type, undefined), "attachment", type);
});

test("what a browser would run is not called by its name", () => {
  for (const type of [
    "text/html",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/xml",
    "application/javascript",
    "text/javascript; charset=utf-8",
    "text/xsl",
    "multipart/related",
    "",
  ])
    assert.equal(servedType(type), "application/octet-stream", type);
  for (const type of ["image/png", "application/pdf", "text/plain; charset=utf-8"]) assert.equal(servedType(type), type);
});

test("a name is given as it is, and stays inside its header", () => {
  assert.equal(disposition("image/png", "a b.png"), 'inline; filename="a b.png"');
  assert.equal(disposition("image/png", ""), "inline");
  assert.equal(disposition("image/png", "\r\n\u0000"), "inline");
  assert.equal(disposition("image/png", "计划.png"), `inline; filename="__.png"; filename*=UTF-8''%E8%AE%A1%E5%88%92.png`);
  assert.equal(disposition("image/png", "100%25.png"), `inline; filename="100_25.png"; filename*=UTF-8''100%2525.png`);
  assert.equal(disposition("image/png", "é'(1)*.png"), `inline; filename="_'(1)*.png"; filename*=UTF-8''%C3%A9%27%281%29%2A.png`);
  assert.match(disposition("image/png", "\ud800x"), /^[\x20-\x7e]+$/);
});
