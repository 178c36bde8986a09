import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "./json-reading.ts";
import { createSendTemplate, findMarker, markerOf, sequenceOf } from "./payload.ts";
import { parseTarget } from "./target.ts";

const target = parseTarget("a=http://127.0.0.1:8008", false);

for (const payload of ["S", "E"] as const) {
  test(`every ${payload} request differs from the next only in its number, and is what it says it is`, () => {
    const template = createSendTemplate(target, { roomId: "!r:stub", token: "secret", payload, connection: 3, run: "abcd1234" });
    const read = (sequence: number): string => Buffer.from(template.stamp(sequence)).toString();
    const [head = "", body = ""] = read(1_234_567).split("\r\n\r\n");
    const marker = "0003-0001234567";
    assert.ok(head.startsWith(`PUT /_matrix/client/v3/rooms/!r%3Astub/send/`));
    assert.ok(head.includes(`/abcd1234-${marker} HTTP/1.1\r\nHost: 127.0.0.1:8008\r\n`));
    assert.ok(head.includes(`Content-Length: ${body.length}`));
    const type = payload === "S" ? "m.room.message" : "m.room.encrypted";
    const event = { type, content: parseJson(body) ?? null };
    assert.equal(findMarker(event), marker);
    assert.equal(read(0).length, read(9_999_999_999).length);
    assert.equal(read(1_234_567), `${head}\r\n\r\n${body}`);
  });
}

test("the payloads have the sizes that the workloads state", () => {
  const bodyOf = (payload: "S" | "E"): string =>
    Buffer.from(createSendTemplate(target, { roomId: "!r", token: "t", payload, connection: 0, run: "r" }).stamp(0))
      .toString()
      .split("\r\n\r\n")[1] ?? "";
  assert.equal((parseJson(bodyOf("S")) as { body: string }).body.length, 100);
  assert.equal(bodyOf("E").length, 635);
});

test("a marker tells its sequence, and other events have none", () => {
  assert.equal(sequenceOf(markerOf(12, 345)), 345);
  for (const event of [
    { type: "m.room.message", content: {} },
    { type: "m.room.message", content: { body: "hello" } },
    { type: "m.room.member" },
    null,
  ])
    assert.equal(findMarker(event), undefined);
});
