import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_ROOT, formatCheckpoint, parseCheckpoint } from "./index.ts";
import { hex, ORIGIN } from "./log.test-support.ts";

const root = Buffer.alloc(32, 0xfb);
const ROOT = root.toString("base64");

test("the checkpoint of the C2SP text is read, and written as it stands there", () => {
  const text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const { origin, size, root, extensions } = parseCheckpoint(text);
  assert.deepEqual({ origin, size, extensions }, { origin: "example.com/behind-the-sofa", size: 20_852_163, extensions: [] });
  assert.equal(hex(root), "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62");
  assert.equal(formatCheckpoint({ origin, size, root }), text);
});

test("further lines are handed on, the largest size and the empty tree are taken", () => {
  assert.deepEqual(parseCheckpoint(`${ORIGIN}\n1\n${ROOT}\none\ntwo 2\n`).extensions, ["one", "two 2"]);
  assert.equal(parseCheckpoint(`${ORIGIN}\n9007199254740991\n${ROOT}\n`).size, Number.MAX_SAFE_INTEGER);
  assert.equal(parseCheckpoint(formatCheckpoint({ origin: ORIGIN, size: 0, root: EMPTY_ROOT })).size, 0);
});

const MALFORMED: Record<string, string> = {
  nothing: "",
  "a line feed": "\n",
  "two lines": `${ORIGIN}\n1\n`,
  "no line feed at the end": `${ORIGIN}\n1\n${ROOT}`,
  "an empty origin": `\n1\n${ROOT}\n`,
  "a size of -0": `${ORIGIN}\n-0\n${ROOT}\n`,
  "a size of -1": `${ORIGIN}\n-1\n${ROOT}\n`,
  "a size of +1": `${ORIGIN}\n+1\n${ROOT}\n`,
  "a size of 01": `${ORIGIN}\n01\n${ROOT}\n`,
  "a size of 00": `${ORIGIN}\n00\n${ROOT}\n`,
  "a size of 1.0": `${ORIGIN}\n1.0\n${ROOT}\n`,
  "a size of 1e3": `${ORIGIN}\n1e3\n${ROOT}\n`,
  "a size of 0x1": `${ORIGIN}\n0x1\n${ROOT}\n`,
  "a size with a space": `${ORIGIN}\n1 \n${ROOT}\n`,
  "a size in other digits": `${ORIGIN}\n١\n${ROOT}\n`,
  "no size": `${ORIGIN}\n\n${ROOT}\n`,
  "a size of 2^53": `${ORIGIN}\n9007199254740992\n${ROOT}\n`,
  "a size of 2^64": `${ORIGIN}\n18446744073709551616\n${ROOT}\n`,
  "an endless size": `${ORIGIN}\n${"1".repeat(10_000)}\n${ROOT}\n`,
  "a root of 31 bytes": `${ORIGIN}\n1\n${Buffer.alloc(31).toString("base64")}\n`,
  "a root of 33 bytes": `${ORIGIN}\n1\n${Buffer.alloc(33).toString("base64")}\n`,
  "no root": `${ORIGIN}\n1\n\n`,
  "a root in hex": `${ORIGIN}\n1\n${root.toString("hex")}\n`,
  "a root for URLs": `${ORIGIN}\n1\n${root.toString("base64url")}=\n`,
  "a root without padding": `${ORIGIN}\n1\n${ROOT.slice(0, -1)}\n`,
  "a root with bits left over": `${ORIGIN}\n1\n${ROOT.slice(0, -2)}t=\n`,
  "a root with a space": `${ORIGIN}\n1\n ${ROOT}\n`,
  "another root than the empty tree's": `${ORIGIN}\n0\n${ROOT}\n`,
  "an empty line at the end": `${ORIGIN}\n1\n${ROOT}\n\n`,
  "an empty line within": `${ORIGIN}\n1\n${ROOT}\n\nmore\n`,
  CRLF: `${ORIGIN}\r\n1\r\n${ROOT}\r\n`,
  "CRLF at a further line": `${ORIGIN}\n1\n${ROOT}\nmore\r\n`,
};

for (const [name, text] of Object.entries(MALFORMED)) {
  test(`a checkpoint is refused with ${name}`, () => {
    assert.throws(() => parseCheckpoint(text), { name: "MalformedCheckpoint" });
  });
}

test("what could not be read back is not written", () => {
  for (const wrong of [
    { origin: "" },
    { origin: "two\nlines" },
    { origin: "a\r" },
    { origin: "\ud800" },
    { size: -1 },
    { size: 1.5 },
    { size: 2 ** 53 },
    { size: Number.NaN },
    { size: 0 },
    { root: root.subarray(1) },
    { root: Buffer.alloc(33) },
  ]) {
    assert.throws(
      () => formatCheckpoint({ origin: ORIGIN, size: 1, root, ...wrong }),
      { name: "MalformedCheckpoint" },
      JSON.stringify(wrong),
    );
  }
});
