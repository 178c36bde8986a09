import assert from "node:assert/strict";
import { test } from "node:test";
import { createResponseParser, ProtocolError } from "./response-parser.ts";

type Seen = { status: number; body: string; mayReuse: boolean };

/** Feeds the pieces through one buffer that is overwritten after each, as a socket's read buffer is. */
function parse(...pieces: (string | Buffer)[]): { seen: Seen[]; isBetween: boolean } {
  const seen: Seen[] = [];
  const parser = createResponseParser((status, body, mayReuse) => seen.push({ status, body, mayReuse }));
  const buffer = Buffer.alloc(100_000);
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    bytes.copy(buffer);
    parser.feed(buffer, bytes.length);
    buffer.fill("!", 0, bytes.length);
  }
  return { seen, isBetween: parser.isBetweenResponses() };
}

const plain = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"event_id":"é"}';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\n{"eve\r\nC\r\nnt_id":"é"}\r\n0\r\nTrailer: x\r\n\r\n';
const whole: Seen = { status: 200, body: '{"event_id":"é"}', mayReuse: true };

test("a response is read however the network cuts it in two", () => {
  for (const text of [plain, chunked]) {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      assert.deepEqual(parse(bytes.subarray(0, cut), bytes.subarray(cut)), { seen: [whole], isBetween: true }, `cut at ${cut}`);
    }
  }
});

test("a response is read when it comes byte by byte", () => {
  for (const text of [plain, chunked]) assert.deepEqual(parse(...[...Buffer.from(text)].map((byte) => Buffer.of(byte))).seen, [whole]);
});

test("responses behind each other in one packet are told apart, in order", () => {
  const second = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
  const { seen } = parse(`${plain}${chunked}${second}${plain.slice(0, 20)}`, plain.slice(20));
  assert.deepEqual(seen, [whole, whole, { status: 404, body: "{}", mayReuse: false }, whole]);
});

test("a parser in the middle of a response says so", () => {
  assert.equal(parse(plain.slice(0, 3)).isBetween, false);
  assert.equal(parse(plain.slice(0, -1)).isBetween, false);
  assert.equal(parse(chunked.slice(0, -2)).isBetween, false);
});

test("an interim response and responses without a body are no one else's body", () => {
  const { seen } = parse(`HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n${plain}`);
  assert.deepEqual(seen, [{ status: 204, body: "", mayReuse: true }, whole]);
});

test("a body larger than the read buffer is put together", () => {
  const body = "x".repeat(250_000);
  const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 90_000) }, (_, index) =>
    bytes.subarray(index * 90_000, (index + 1) * 90_000),
  );
  assert.equal(parse(...pieces).seen[0]?.body, body);
});

const ok = "HTTP/1.1 200 OK\r\n";
const refusals: Record<string, string> = {
  "two lengths, even equal ones": `${ok}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`,
  "a length beside chunks": `${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "a length beside an encoding where there is no body": "HTTP/1.1 204 No\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
  "an encoding that is not chunked": `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  "no length at all": `${ok}\r\n{}`,
  "a signed length": `${ok}Content-Length: +2\r\n\r\n{}`,
  "a list of lengths": `${ok}Content-Length: 2, 2\r\n\r\n{}`,
  "a length beyond all bounds": `${ok}Content-Length: 9999999999\r\n\r\n`,
  "a folded field": `${ok}X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}`,
  "a space before the colon": `${ok}Content-Length : 2\r\n\r\n{}`,
  "a bare line feed that hides a field": `${ok}X: a\nContent-Length: 9\r\nContent-Length: 2\r\n\r\n{}`,
  "an endless head": `${ok}X: ${"a".repeat(20_000)}`,
  "another protocol": "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
  "an upgrade": "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
  "a chunk size that is no number": `${ok}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n`,
  "a chunk size beyond all bounds": `${ok}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFF\r\n`,
  "a chunk longer than it says": `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n`,
};

for (const [what, text] of Object.entries(refusals)) {
  test(`a response with ${what} is refused`, () => assert.throws(() => parse(text), ProtocolError));
}
