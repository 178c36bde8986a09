// Folders as somebody makes them who wants something not to have happened, mostly with the signing key in hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addSignatures, createCosigner, createSigner, formatCheckpoint, signNote } from "@wardroom/merkle-log";
import { faultsOf, filesIn } from "./exported.test-support.ts";
import {
  entryOf,
  folderOf,
  type ForgedEntry,
  type ForgedLog,
  noteOf,
  proofOf,
  signingKey,
  startOf,
  treeOf,
  vkeyOf,
} from "./forged-folder.test-support.ts";
import { verifyFiles } from "./verify-export.ts";
import { verifyProof } from "./verify-proof.ts";

const verify = async (folder: ReadonlyMap<string, Uint8Array>, input = {}) => verifyFiles(filesIn(folder), input);
const faults = async (folder: ReadonlyMap<string, Uint8Array>, input = {}) => faultsOf(await verify(folder, input));

function logOf(origin: string, count: number, changes: Readonly<Record<number, ForgedEntry>> = {}): ForgedLog {
  const start = startOf(origin);
  return { origin, entries: Array.from({ length: count }, (_, index) => entryOf(index, changes[index] ?? (index === 0 ? start : {}))) };
}

/** A log that follows another, of which so many signed entries were there. */
function follow(
  old: ForgedLog,
  origin: string,
  count: number,
  { continues = noteOf(old), left = old, reason = "older-store" } = {},
): ForgedLog {
  const named = { origin: left.origin, size: left.entries.length, root: Buffer.from(treeOf(left.entries).root).toString("base64") };
  return logOf(origin, count, { 0: startOf(origin, { continues, left: named }, reason) });
}

const one = logOf("o/1", 300);
const two = follow(one, "o/2", 20);
const three = follow(two, "o/3", 7);

test("logs that follow each other are whole, and each that was broken off is told, with why and when", async () => {
  const broken = (await verify(folderOf([one, two, three]))).warnings.filter(({ what }) => what === "log-broken-off");
  assert.deepEqual(
    broken.map(({ place, detail }) => `${place} ${detail}`),
    ["2/0 older-store; 2023-11-14T22:13:20.000Z", "3/0 older-store; 2023-11-14T22:13:20.000Z"],
  );
  assert.deepEqual(await faults(folderOf([one, two, three])), []);
});

test("entries that are renumbered are found one by one", async () => {
  const folder = folderOf([one]);
  const swapped = [...one.entries];
  [swapped[10], swapped[11]] = [one.entries[11] ?? assert.fail(), one.entries[10] ?? assert.fail()];
  const path = "logs/1/tile/entries/000";
  folder.set(path, folderOf([{ ...one, entries: swapped }]).get(path) ?? assert.fail());
  assert.deepEqual(await faults(folder), ["1/10 entry-mismatch", "1/11 entry-mismatch"]);
});

test("files of another installation's log do not pass for this one's, with its checkpoint or without", async () => {
  const other = logOf("p/1", 300, { 5: { code: "account.deactivated" } });
  const theirs = folderOf([{ ...other, key: signingKey("other") }]);
  const pick = (mixed: RegExp) =>
    new Map([...folderOf([one])].map(([path, bytes]) => [path, mixed.test(path) ? (theirs.get(path) ?? bytes) : bytes]));
  assert.deepEqual(await faults(pick(/entries\/000/)), ["1/0 entry-mismatch", "1/5 entry-mismatch"]);
  assert.deepEqual(await faults(pick(/checkpoint/)), ["logs/1/checkpoint checkpoint-signature"]);
  const whole = await faults(pick(/^logs/));
  assert.ok(whole.includes("export.json file-malformed"));
  assert.ok(whole.some((fault) => fault.startsWith("second-place second-place-")));
});

test("a checkpoint of another log of the same key is not this log's", async () => {
  const folder = folderOf([one, two]);
  folder.set("logs/2/checkpoint", Buffer.from(noteOf(one)));
  assert.deepEqual(await faults(folder), ["logs/2/checkpoint checkpoint-origin"]);
});

test("an entry replaced and everything signed anew with another key is found by who was given the key", async () => {
  const forged = { ...logOf("o/1", 300, { 5: { code: "room.created" } }), key: signingKey("forger") };
  assert.deepEqual(await faults(folderOf([forged])), [], "the folder alone agrees with itself");
  const found = await faults(folderOf([forged]), { vkey: vkeyOf("o/1") });
  assert.deepEqual(found.slice(0, 3), [
    "second-place second-place-malformed",
    "logs/1/vkey key-mismatch",
    "logs/1/checkpoint checkpoint-signature",
  ]);
  assert.deepEqual(await faults(folderOf([one]), { vkey: vkeyOf("o/1") }), []);
  assert.deepEqual(await faults(folderOf([one]), { vkey: "o/1+12345678+AAAA" }), [" key-malformed"]);
});

test("without a key it is told by its fingerprint, so that another one can be seen", async () => {
  const printOf = async (word: string) => {
    const { warnings } = await verify(folderOf([{ ...one, key: signingKey(word) }]));
    return warnings.find(({ what }) => what === "key-from-folder")?.detail ?? "";
  };
  assert.match(await printOf("server"), /^SHA256:[A-Za-z0-9+/]{43}$/);
  assert.notEqual(await printOf("server"), await printOf("forger"));
});

test("a history signed anew with the log's own key is not the one that the second place has seen", async () => {
  const forged = logOf("o/1", 300, { 5: { code: "room.created" } });
  assert.deepEqual(await faults(folderOf([forged], one)), ["second-place second-place-differs"]);
});

test("a tail that was cut off is missed by the second place; a second place that is behind is not", async () => {
  const cut = { ...one, entries: one.entries.slice(0, 290) };
  assert.deepEqual(await faults(folderOf([cut], one)), ["second-place second-place-ahead"]);
  assert.deepEqual(await faults(folderOf([one], { ...one, signed: 280 })), []);
  const gone = folderOf([one]);
  gone.delete("second-place");
  assert.ok((await verify(gone)).warnings.some(({ what }) => what === "second-place-missing"));
});

test("a log left out of the list is found, its folder left or removed with it", async () => {
  const unlisted = folderOf([one, two, three]);
  unlisted.set("export.json", folderOf([one, three]).get("export.json") ?? assert.fail());
  assert.deepEqual(await faults(unlisted), ["logs/3 log-unlisted", "export.json file-malformed"]);
  assert.deepEqual(await faults(folderOf([one, three])), ["2/0 continuation-mismatch"]);
  assert.deepEqual(await faults(folderOf([two, three])), ["1/0 continuation-missing"]);
  const last = await faults(folderOf([one, two], three));
  assert.deepEqual(last, ["second-place second-place-differs"]);
  const missing = new Map([...folderOf([one, two, three])].filter(([path]) => !path.startsWith("logs/2")));
  assert.ok((await faults(missing)).includes("logs/2 file-missing"));
  assert.deepEqual(await faults(folderOf([two, three]), { vkey: vkeyOf("o/1") }), [" key-of-other-log", "1/0 continuation-missing"]);
});

test("signed entries that were lost before a log began are counted", async () => {
  const rest = { ...one, entries: one.entries.slice(0, 260), signed: 250 };
  const next = follow(rest, "o/2", 5, { continues: noteOf(one) });
  const report = await verify(folderOf([rest, next]));
  assert.deepEqual(faultsOf(report), []);
  assert.deepEqual(report.logs[1]?.continues, { origin: "o/1", size: 300, left: 260 });
  const lost = report.warnings.find(({ what }) => what === "entries-lost");
  assert.match(lost?.detail ?? "", /^40 of 300; 2023-11-14T/);
});

test("a log whose past was rewritten in the store is told by the head that the next one holds", async () => {
  const rewritten = logOf("o/1", 300, { 5: { code: "room.created" } });
  const next = follow(rewritten, "o/2", 5, { continues: noteOf(one), reason: "other-history" });
  assert.deepEqual(await faults(folderOf([rewritten, next])), ["logs/1 past-rewritten"]);
});

test("the head that a log says it continues must be signed", async () => {
  const next = follow(one, "o/2", 5, { continues: noteOf({ ...one, key: signingKey("other") }) });
  assert.deepEqual(await faults(folderOf([one, next])), ["2/0 continuation-mismatch"]);
});

test("an old log is what the next one says was left of it, whatever its own checkpoint says", async () => {
  const forged = logOf("o/1", 300, { 5: { code: "room.created" } });
  assert.deepEqual(await faults(folderOf([forged, two])), ["logs/1/checkpoint root-mismatch"]);
  const folder = folderOf([one, two]);
  folder.set("logs/1/checkpoint", Buffer.from(noteOf({ ...forged, signed: 200 })));
  assert.deepEqual(await faults(folder), ["logs/1/checkpoint checkpoint-mismatch"]);
});

test("a log begins with its own beginning, and does not begin again", async () => {
  assert.deepEqual(await faults(folderOf([logOf("o/1", 3, { 0: startOf("o/2") })])), ["1/0 start-mismatch"]);
  assert.deepEqual(await faults(folderOf([logOf("o/1", 3, { 0: {} })])), ["1/0 start-mismatch"]);
  assert.deepEqual(await faults(folderOf([logOf("o/1", 3, { 2: startOf("o/1") })])), ["1/2 start-misplaced"]);
  assert.deepEqual(await faults(folderOf([logOf("o/1", 3, { 2: { log: {} } })])), ["1/2 start-misplaced"]);
});

test("an entry is dated back by a minute at most, unless its clock had been turned back, which is told", async () => {
  const base = 1_700_000_000_000;
  assert.deepEqual(await faults(folderOf([logOf("o/1", 9, { 5: { time: base - 50_000 } })])), []);
  assert.deepEqual(await faults(folderOf([logOf("o/1", 9, { 5: { time: base - 61_000 } })])), ["1/5 time-backwards"]);
  const back = base - 3_600_000;
  // Stamped before the clock was turned back and committed after: neither an old time nor a new one.
  const turned = await verify(
    folderOf([
      logOf("o/1", 9, {
        4: { time: back, clock: 1 },
        5: { time: base + 5 },
        6: { time: back + 1, clock: 1 },
        7: { time: base + 7 },
        8: { time: back - 70_000, clock: 1 },
      }),
    ]),
  );
  assert.deepEqual(faultsOf(turned), ["1/8 time-backwards"]);
  assert.deepEqual(
    turned.warnings.filter(({ what }) => what === "clock-turned-back").map(({ place }) => place),
    ["1/4"],
  );
});

test("a signed head of more entries than any disk holds ends the check soon", async () => {
  const folder = folderOf([one]);
  for (const size of [2 ** 53 - 1, 2 ** 40, 256 ** 4]) {
    const head = formatCheckpoint({ origin: "o/1", size, root: treeOf(one.entries).root });
    folder.set("logs/1/checkpoint", Buffer.from(signNote(head, [createSigner("o/1", signingKey("server"))])));
    const report = await verify(folder);
    assert.ok(faultsOf(report).includes("logs/1 too-many-faults"));
    assert.equal(report.logs[0]?.entries, 0);
  }
});

test("what is no entry of the agreed form is named", async () => {
  const base = logOf("o/1", 12);
  const plain = String(base.entries[1]);
  const bad = [
    "",
    "{}",
    plain.replace("{", "{ "),
    plain.replace('"v":1', '"v":1,"w":1'),
    plain.replace(/"id":"[^"]+"/, '"id":"short"'),
    plain.replace('"outcome":"done"', '"outcome":"done","outcome":"done"'),
    plain.replace('"class":6003,"code"', '"class":6003,"clock":0,"code"'),
    plain.replace('"class":6003', '"class":6003.5'),
    plain.replace("{", '{"actor":{"sealed":"","token":"AAAAAAAAAAAAAAAAAAAAAA=="},'),
  ].map((text) => Buffer.from(text));
  const invalid = Buffer.from(plain.replace("room.message.sent", "room.message.sen_"));
  invalid[invalid.indexOf("_")] = 0xff;
  const entries = [base.entries[0] ?? assert.fail(), ...bad, invalid];
  assert.deepEqual(
    await faults(folderOf([{ ...base, entries }])),
    entries.slice(1).map((_, at) => `1/${at + 1} entry-malformed`),
  );
});

test("only the signature of another party counts as a witness, and each party once", async () => {
  const witness = createCosigner("witness.example/w", signingKey("witness"));
  const again = createCosigner("other.example/w", signingKey("witness"));
  const own = createCosigner("own.example/w", signingKey("server"));
  const unknown = createCosigner("unknown.example/w", signingKey("unknown"));
  const signers = [witness, again, own, unknown].map((each) => each.at(1_700_000_000));
  const folder = folderOf([one]);
  folder.set("logs/1/checkpoint", Buffer.from(addSignatures(noteOf(one), signers)));
  const witnesses = [witness, again, own].map(({ vkey }) => vkey);
  const count = async (input: object) => (await verify(folder, input)).logs[0]?.witnesses;
  assert.equal(await count({}), 0);
  assert.equal(await count({ witnesses }), 1);
  assert.deepEqual(await faults(folder, { witnesses: ["nonsense"] }), [" witness-key-malformed"]);
  assert.deepEqual(await faults(folder, { witnesses: [vkeyOf("o/1")] }), [" witness-key-malformed"], "a log's key is no witness's");
  const text = Buffer.from(folder.get("logs/1/checkpoint") ?? assert.fail()).toString();
  const lines = text.split("\n");
  const forged = lines.map((line) =>
    line.includes("witness.example") ? `${line.slice(0, -9)}${line.at(-9) === "A" ? "B" : "A"}${line.slice(-8)}` : line,
  );
  folder.set("logs/1/checkpoint", Buffer.from(forged.join("\n")));
  assert.deepEqual(await faults(folder, { witnesses }), ["logs/1/checkpoint witness-signature"]);
});

test("a proof holds for its entry in its log, and for no other entry, key or log", async () => {
  const [proof, entry, vkey] = [await proofOf(one, 7), one.entries[7] ?? assert.fail(), vkeyOf("o/1")];
  assert.deepEqual(await verifyProof({ proof, entry, vkey }), { origin: "o/1", index: 7, size: 300, witnesses: 0 });
  const faultOf = async (changes: object) => (await verifyProof({ proof, entry, vkey, ...changes })).fault;
  assert.equal(await faultOf({ entry: one.entries[8] }), "proof-mismatch");
  assert.equal(await faultOf({ vkey: vkeyOf("o/1", "other") }), "proof-mismatch");
  assert.equal(await faultOf({ proof: await proofOf(two, 7) }), "key-of-other-log");
  assert.equal(await faultOf({ vkey: "nonsense" }), "key-malformed");
  assert.equal(await faultOf({ proof: Buffer.from("nonsense") }), "proof-malformed");
  const odd: ForgedLog = { origin: "o/1", entries: [Buffer.from("{}")] };
  assert.equal(await faultOf({ proof: await proofOf(odd, 0), entry: odd.entries[0] }), "entry-malformed");
});
