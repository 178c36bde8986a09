import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { addSignatures, createCosigner, createSigner, createVerifier, openNote, signNote } from "./index.ts";
import { keyOf, ORIGIN } from "./log.test-support.ts";

const signer = createSigner(ORIGIN, keyOf("log"));
const verifier = createVerifier(signer.vkey);
const other = createSigner("other.example", keyOf("other"));
const TEXT = `${ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`;
const note = signNote(TEXT, [signer]);
const [line = ""] = note.slice(TEXT.length + 1).split("\n");
const signature = line.split(" ")[2] ?? "";
const otherLine = signNote(TEXT, [other]).slice(TEXT.length + 1);

const SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const SPEC_NOTE =
  "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

test("the example of the C2SP text is verified", () => {
  const { text, verified } = openNote(SPEC_NOTE, [createVerifier(SPEC_KEY)]);
  assert.equal(text, "This is an example message.\n");
  assert.deepEqual(verified, [{ name: "example.com/foo", vkey: SPEC_KEY }]);
});

test("what is signed is verified, from text and from its bytes", () => {
  const opened = { text: TEXT, verified: [{ name: ORIGIN, vkey: signer.vkey }], unverified: [] };
  assert.deepEqual(openNote(note, [verifier]), opened);
  assert.deepEqual(openNote(Buffer.from(note), [verifier]), opened);
});

test("without a known key nothing is verified, and a key of the same name or of the same id is not known", () => {
  assert.deepEqual(openNote(note, []), { text: TEXT, verified: [], unverified: [{ name: ORIGIN }] });
  const namesake = createVerifier(createSigner(ORIGIN, keyOf("other")).vkey);
  assert.deepEqual(openNote(note, [namesake]).verified, []);
  const renamed = note.replace(line, line.replace(ORIGIN, "elsewhere.example"));
  assert.deepEqual(openNote(renamed, [verifier]), { text: TEXT, verified: [], unverified: [{ name: "elsewhere.example" }] });
});

test("a known key with a bad signature makes the whole note bad, whatever other known key signed it well", () => {
  const bad = Buffer.from(signature, "base64");
  bad[20] = (bad[20] ?? 0) ^ 1;
  const badLine = `— ${ORIGIN} ${bad.toString("base64")}\n`;
  const known = [verifier, createVerifier(other.vkey)];
  for (const lines of [badLine, badLine + otherLine, otherLine + badLine])
    assert.throws(() => openNote(`${TEXT}\n${lines}`, known), { name: "BadSignature" });
  for (const length of [1, 63, 65]) {
    const cut = Buffer.alloc(4 + length);
    Buffer.from(signature, "base64").copy(cut);
    assert.throws(() => openNote(`${TEXT}\n— ${ORIGIN} ${cut.toString("base64")}\n`, [verifier]), { name: "BadSignature" }, String(length));
  }
});

test("lines of unknown keys are passed over, even nonsense and twice", () => {
  const nonsense = `— stranger.example ${Buffer.alloc(9, 7).toString("base64")}\n`;
  const opened = openNote(`${TEXT}\n${nonsense}${line}\n${nonsense}`, [verifier]);
  assert.equal(opened.verified.length, 1);
  assert.deepEqual(opened.unverified, [{ name: "stranger.example" }, { name: "stranger.example" }]);
});

const respelt = (change: (base64: string) => string) => `${TEXT}\n— ${ORIGIN} ${change(signature)}\n`;
const named = (name: string) => `${TEXT}\n— ${name} ${signature}\n${line}\n`;
const MALFORMED: Record<string, string | Uint8Array> = {
  "CRLF throughout": note.replaceAll("\n", "\r\n"),
  "CRLF at one line": note.replace("\n0\n", "\r\n0\n"),
  "CRLF at the signature": `${note.slice(0, -1)}\r\n`,
  "no line feed at the end": note.slice(0, -1),
  "a line feed too many at the end": `${note}\n`,
  "no signatures": `${TEXT}\n`,
  "no empty line": TEXT + line,
  "text alone": TEXT,
  nothing: "",
  "a line feed": "\n",
  "two line feeds": "\n\n",
  "an empty line among the signatures": `${TEXT}\n${line}\n\n`,
  "text after the signatures": `${note}text\n`,
  "the same signature twice": `${TEXT}\n${line}\n${line}\n`,
  "a NUL in the text": note.replace(ORIGIN, `${ORIGIN}\0`),
  "a tab in the text": note.replace("\n0\n", "\n0\t\n"),
  "an escape among the signatures": `${TEXT}\n${otherLine.replace("other", "oth\u001ber")}${line}\n`,
  "half a surrogate": note.replace(ORIGIN, `${ORIGIN}\ud800`),
  "invalid UTF-8": Buffer.concat([Buffer.of(0xff), Buffer.from(note)]),
  "overlong UTF-8": Buffer.concat([Buffer.of(0xc0, 0x8a), Buffer.from(note)]),
  "a cut character": Buffer.concat([Buffer.from(note), Buffer.of(0xe2, 0x80)]),
  "a hyphen for the dash": note.replace("— ", "- "),
  "an en dash": note.replace("— ", "– "),
  "no space after the dash": note.replace("— ", "—"),
  "two spaces": note.replace("— ", "—  "),
  "two spaces before the signature": note.replace(` ${signature}`, `  ${signature}`),
  "a space after the signature": note.replace(signature, `${signature} `),
  "no name": named(""),
  "a name with a plus": named("a+b"),
  "a name with a no-break space": named("a\u00a0b"),
  "a name with a line separator": named("a\u2028b"),
  "a name with a next line": named("a\u0085b"),
  "a name with an ideographic space": named("a\u3000b"),
  "no signature": respelt(() => ""),
  "a key id alone": respelt(() => Buffer.alloc(4).toString("base64")),
  "base64 without padding": respelt((base64) => base64.replaceAll("=", "")),
  "base64 with padding too many": respelt((base64) => `${base64}=`),
  "base64 for URLs": respelt(() => Buffer.alloc(68, 0xfb).toString("base64url")),
  "base64 with bits left over": respelt((base64) => base64.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`)),
  "base64 with a space within": respelt((base64) => `${base64.slice(0, 8)} ${base64.slice(8)}`),
  "base64 with a star within": respelt((base64) => `${base64.slice(0, 8)}*${base64.slice(8)}`),
  "base64 with a second one after it": respelt((base64) => `${base64}AAAA`),
  "an endless text": `${"x".repeat(1_000_001)}${note}`,
};

for (const [name, malformed] of Object.entries(MALFORMED)) {
  test(`a note is refused with ${name}`, () => {
    assert.throws(() => openNote(malformed, [verifier]), { name: "MalformedNote" });
  });
}

test("a note that was cut anywhere is refused", () => {
  const bytes = Buffer.from(note);
  for (let length = 0; length < bytes.length; length += 1)
    assert.throws(() => openNote(bytes.subarray(0, length), [verifier]), { name: "MalformedNote" });
});

test("no note with one bit flipped is verified, nor read as the same text", () => {
  const bytes = Buffer.from(note);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    let verified: readonly unknown[] = [];
    try {
      ({ verified } = openNote(flipped, [verifier]));
    } catch (error) {
      assert.ok(error instanceof Error && ["MalformedNote", "BadSignature"].includes(error.name));
    }
    assert.deepEqual(verified, [], `bit ${bit}`);
  }
});

test("a byte order mark is part of the text, so it breaks the signature", () => {
  assert.throws(() => openNote(Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(note)]), [verifier]), { name: "BadSignature" });
});

test("the text ends at the last empty line: what is put behind a signed note is not signed, and a text may have empty lines", () => {
  const longer = signNote("one\n\ntwo\n", [signer]);
  assert.equal(openNote(longer, [verifier]).text, "one\n\ntwo\n");
  // Split at the first empty line this would be "one" with the signature of the other text.
  assert.throws(() => openNote(`one\n\n${longer.slice(longer.indexOf("—"))}`, [verifier]), { name: "BadSignature" });
  const appended = openNote(`${note}\n${otherLine}`, [verifier]);
  assert.deepEqual(appended.verified, []);
  assert.equal(appended.text, note);
});

test("16 signatures beside the known one are read, 100 in all, and not one more", () => {
  const strangers = (count: number) => Array.from({ length: count }, (_, at) => createSigner(`w${at}.example`, keyOf(`w${at}`)));
  assert.equal(openNote(signNote(TEXT, [...strangers(16), signer]), [verifier]).verified.length, 1);
  const hundred = signNote(TEXT, [...strangers(99), signer]);
  assert.equal(openNote(hundred, [verifier]).unverified.length, 99);
  assert.throws(() => openNote(hundred + otherLine, [verifier]), { name: "MalformedNote" });
  assert.throws(() => signNote(TEXT, strangers(101)), { name: "MalformedNote" });
  assert.throws(() => addSignatures(hundred, [other]), { name: "MalformedNote" });
});

test("only text that a note can hold is signed", () => {
  for (const text of ["", "no line feed", "a\r\n", "a\0\n", "\ud800\n"])
    assert.throws(() => signNote(text, [signer]), { name: "MalformedNote" });
  assert.throws(() => signNote(TEXT, []), { name: "MalformedNote" });
});

test("a witness's cosignature states its time, covers it, and stands beside the log's signature", () => {
  const witness = createCosigner("witness.example", keyOf("witness"));
  const both = addSignatures(note, [witness.at(1_679_315_147)]);
  assert.ok(both.startsWith(note));
  const known = [verifier, createVerifier(witness.vkey)];
  assert.deepEqual(openNote(both, known).verified, [
    { name: ORIGIN, vkey: signer.vkey },
    { name: "witness.example", vkey: witness.vkey, time: 1_679_315_147 },
  ]);
  const [, , base64 = ""] = (both.slice(note.length).split("\n")[0] ?? "").split(" ");
  const bytes = Buffer.from(base64, "base64");
  assert.equal(bytes.length, 4 + 8 + 64);
  assert.equal(bytes.readBigUInt64BE(4), 1_679_315_147n);
  // The form of C2SP tlog-cosignature, built here a second time.
  const message = `cosignature/v1\ntime 1679315147\n${TEXT}`;
  assert.deepEqual(bytes.subarray(12), sign(null, Buffer.from(message), keyOf("witness")));
  for (let bit = 0; bit < 8 * 8; bit += 1) {
    const later = Buffer.from(bytes);
    later[4 + (bit >> 3)] = (later[4 + (bit >> 3)] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => openNote(note + `— witness.example ${later.toString("base64")}\n`, known), { name: "BadSignature" }, `bit ${bit}`);
  }
});

test("a cosignature is of a type of its own: neither kind of key takes the other's signature", () => {
  const [plain, cosigner] = [createSigner("both.example", keyOf("both")), createCosigner("both.example", keyOf("both"))];
  assert.notDeepEqual(createVerifier(plain.vkey).keyId, createVerifier(cosigner.vkey).keyId);
  assert.deepEqual(openNote(signNote(TEXT, [plain]), [createVerifier(cosigner.vkey)]).verified, []);
  assert.deepEqual(openNote(signNote(TEXT, [cosigner.at(5)]), [createVerifier(plain.vkey)]).verified, []);
});

test("a witness signs checkpoints and nothing else, at times that there are", () => {
  const witness = createCosigner("witness.example", keyOf("witness"));
  assert.throws(() => signNote("a message\n", [witness.at(5)]), { name: "MalformedCheckpoint" });
  for (const time of [-1, 0.5, 2 ** 53]) assert.throws(() => witness.at(time), RangeError);
});

test("a key is read in one spelling only, with the id that it has", () => {
  const name = ORIGIN;
  const [, id = "", ...rest] = signer.vkey.split("+");
  const base64 = rest.join("+");
  assert.equal(createVerifier(`${name}+${id}+${base64}`).name, ORIGIN);
  const wrongId = `${id.slice(0, 7)}${id.endsWith("0") ? "1" : "0"}`;
  const typed = (type: number, key: Uint8Array) => Buffer.concat([Buffer.of(type), key]).toString("base64");
  const key = Buffer.from(base64, "base64").subarray(1);
  for (const vkey of [
    "",
    name,
    `${name}+${id}`,
    `${name}+${id}+`,
    `+${id}+${base64}`,
    `${name}+${wrongId}+${base64}`,
    `${name}+${id.slice(1)}+${base64}`,
    `${name}+0${id}+${base64}`,
    `other.example+${id}+${base64}`,
    `${name} +${id}+${base64}`,
    `${name}+${id}+${base64}\n`,
    `${name}+${id}+${base64}+`,
    `${name}+${id}+${base64.slice(0, -4)}`,
    `${name}+${id}+${typed(1, key.subarray(1))}`,
    `${name}+${id}+${typed(2, key)}`,
    `${name}+${id}+${typed(6, Buffer.alloc(1312))}`,
  ])
    assert.throws(() => createVerifier(vkey), { name: "MalformedKey" }, vkey);
});

test("only Ed25519 private keys sign, under names that a note can hold", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  assert.throws(() => createSigner(ORIGIN, privateKey), { name: "MalformedKey" });
  assert.throws(() => createSigner(ORIGIN, createPublicKey(keyOf("log"))), { name: "MalformedKey" });
  for (const name of ["", "a b", "a+b", "a\u00a0b", "a\nb", "a\0b", "\ud800"]) {
    assert.throws(() => createSigner(name, keyOf("log")), { name: "MalformedKey" }, JSON.stringify(name));
    assert.throws(() => createCosigner(name, keyOf("log")), { name: "MalformedKey" }, JSON.stringify(name));
  }
});
