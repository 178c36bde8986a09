import assert from "node:assert/strict";
import { test } from "node:test";
import { addSignatures, checkProof, createCosigner, createSigner, createVerifier, formatCheckpoint, formatProof } from "./index.ts";
import { parseProof, proveInclusion, signNote } from "./index.ts";
import { entryOf, hex, keyOf, makeLog, ORIGIN } from "./log.test-support.ts";

const log = makeLog(700);
const INDEX = 300;
const entry = entryOf(INDEX);
const checkpoint = Buffer.from(log.files.get("checkpoint") ?? []).toString();
const hashes = await proveInclusion({ index: INDEX, size: log.size, readTile: log.readTile });
const proof = formatProof({ index: INDEX, hashes, checkpoint });
const verifiers = [createVerifier(log.vkey)];
const witness = createCosigner("witness.example", keyOf("witness"));

test("a proof is the text of C2SP tlog-proof, with the checkpoint as it was signed", () => {
  const lines = hashes.map((hash) => Buffer.from(hash).toString("base64"));
  assert.equal(proof, ["c2sp.org/tlog-proof@v1", "index 300", ...lines, "", checkpoint].join("\n"));
  const withExtra = formatProof({ index: INDEX, hashes, checkpoint, extra: Buffer.from("more") });
  assert.ok(withExtra.startsWith("c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 300\n"));
});

test("what is written is read, with and without extra data", () => {
  for (const extra of [undefined, Buffer.from("more")]) {
    const input = { index: INDEX, hashes, checkpoint, ...(extra === undefined ? {} : { extra }) };
    const parsed = parseProof(formatProof(input));
    assert.deepEqual([parsed.index, parsed.hashes.map(hex), parsed.checkpoint], [INDEX, hashes.map(hex), checkpoint]);
    assert.deepEqual(parsed.extra, extra);
  }
});

test("proof, entry and keys are all it takes", () => {
  const verified = [{ name: ORIGIN, vkey: log.vkey }];
  assert.deepEqual(checkProof({ proof, entry, verifiers }), { index: INDEX, size: 700, origin: ORIGIN, verified });
  const one = makeLog(1);
  const note = Buffer.from(one.files.get("checkpoint") ?? []).toString();
  assert.equal(checkProof({ proof: formatProof({ index: 0, hashes: [], checkpoint: note }), entry: entryOf(0), verifiers }).size, 1);
});

test("witnesses that are known are named with the time at which they saw the head", () => {
  const seen = formatProof({ index: INDEX, hashes, checkpoint: addSignatures(checkpoint, [witness.at(1_700_000_000)]) });
  const { verified } = checkProof({ proof: seen, entry, verifiers: [...verifiers, createVerifier(witness.vkey)] });
  assert.deepEqual(verified[1], { name: "witness.example", vkey: witness.vkey, time: 1_700_000_000 });
});

test("another entry, another place and another log are not proven", () => {
  const failing = { name: "ProofFailed" };
  assert.throws(() => checkProof({ proof, entry: entryOf(301), verifiers }), failing);
  assert.throws(() => checkProof({ proof, entry: Buffer.concat([entry, Buffer.of(0)]), verifiers }), failing);
  for (const index of [0, 299, 301, 699, 700, 2 ** 53 - 1]) {
    assert.throws(() => checkProof({ proof: proof.replace("index 300", `index ${index}`), entry, verifiers }), failing, String(index));
  }
  const shorter = formatProof({ index: INDEX, hashes: hashes.slice(1), checkpoint });
  assert.throws(() => checkProof({ proof: shorter, entry, verifiers }), failing);
  const stranger = [createVerifier(createSigner("log.example/other", keyOf("log")).vkey)];
  assert.throws(() => checkProof({ proof, entry, verifiers: stranger }), failing);
  assert.throws(() => checkProof({ proof, entry, verifiers: [] }), failing);
});

test("a witness's word is not the log's: whoever makes a log in a witness's name cannot have it signed by asking the witness", () => {
  const text = formatCheckpoint({ origin: "witness.example", size: log.size, root: log.root });
  const forged = formatProof({ index: INDEX, hashes, checkpoint: signNote(text, [witness.at(5)]) });
  assert.throws(() => checkProof({ proof: forged, entry, verifiers: [...verifiers, createVerifier(witness.vkey)] }), {
    name: "ProofFailed",
  });
});

test("the key of one log does not vouch for another origin", () => {
  const signer = createSigner(ORIGIN, keyOf("log"));
  const text = formatCheckpoint({ origin: "elsewhere.example", size: log.size, root: log.root });
  const forged = formatProof({ index: INDEX, hashes, checkpoint: signNote(text, [signer]) });
  assert.throws(() => checkProof({ proof: forged, entry, verifiers }), { name: "ProofFailed" });
});

test("no proof with one bit flipped is accepted for the same place", () => {
  const bytes = Buffer.from(proof);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => checkProof({ proof: flipped.toString(), entry, verifiers }), `bit ${bit}`);
  }
});

const [first = "", ...others] = proof.split("\n");
const MALFORMED: Record<string, string> = {
  nothing: "",
  "another header": proof.replace("@v1", "@v2"),
  "no header": others.join("\n"),
  "a byte order mark": `\ufeff${proof}`,
  CRLF: proof.replaceAll("\n", "\r\n"),
  "no index": proof.replace("index 300\n", ""),
  "an index with leading zeros": proof.replace("index 300", "index 0300"),
  "a negative index": proof.replace("index 300", "index -1"),
  "an index above 2^53": proof.replace("index 300", "index 9007199254740992"),
  "two spaces": proof.replace("index 300", "index  300"),
  "two indexes": proof.replace("index 300", "index 300\nindex 300"),
  "no empty line": [first, "index 300"].join("\n"),
  "a hash of 31 bytes": proof.replace("index 300\n", `index 300\n${Buffer.alloc(31).toString("base64")}\n`),
  "a hash in hex": proof.replace("index 300\n", `index 300\n${"00".repeat(32)}\n`),
  "a hash with bits left over": proof.replace("index 300\n", `index 300\n${"A".repeat(42)}B=\n`),
  "too many hashes": proof.replace("index 300\n", `index 300\n${`${Buffer.alloc(32).toString("base64")}\n`.repeat(64)}`),
  "empty extra data": proof.replace("index", "extra \nindex"),
  "extra data that are no base64": proof.replace("index", "extra ?\nindex"),
  "extra data after the index": proof.replace("index 300", "index 300\nextra bW9yZQ=="),
  "extra data twice": proof.replace("index", "extra bW9yZQ==\nextra bW9yZQ==\nindex"),
};

for (const [name, text] of Object.entries(MALFORMED)) {
  test(`a proof is refused with ${name}`, () => {
    assert.throws(() => parseProof(text), { name: "MalformedProof" });
  });
}

test("what could not be read back is not written", () => {
  for (const wrong of [
    { index: -1 },
    { index: 2 ** 53 },
    { hashes: [Buffer.alloc(31)] },
    { hashes: Array.from({ length: 64 }, () => Buffer.alloc(32)) },
  ]) {
    assert.throws(() => formatProof({ index: INDEX, hashes, checkpoint, ...wrong }), { name: "MalformedProof" });
  }
});
