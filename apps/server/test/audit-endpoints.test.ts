// What administrators get of the audit log over HTTP, and who else gets none of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkLog, checkProof, createVerifier, openNote, parseCheckpoint, tilePath, entriesPath } from "@wardroom/merkle-log";
import { type Answer, at, type Json, ok, refused, route, type Session, textAt } from "@wardroom/testkit";
import {
  audit,
  codesOf,
  head,
  integerAt,
  newest,
  placeOf,
  searchAll,
  tilesOf,
  tryAudit,
  tryFile,
  untilFindable,
  untilSigned,
} from "./audit-steps.test-support.ts";
import { act, makeRoom, makeRoomWith, redact, say, sayAll, setState, tryAct } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

// Words that stand in what people said and called things, and nowhere else.
const words = ["zqmessage", "zqname", "zqtopic", "zqreason", "zqfarewell", "zqdisplay"] as const;
const [MESSAGE, NAME, TOPIC, REASON, FAREWELL, DISPLAY] = words;

interface Deeds {
  readonly alice: Session;
  readonly phone: Session;
  readonly bob: Session;
  readonly carol: Session;
  readonly room: string;
  readonly message: string;
  readonly officer: Session;
}
let done: Deeds | undefined;
const server = useServer(prepare);
function deeds(): Deeds {
  assert.ok(done);
  return done;
}

async function prepare(): Promise<void> {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  assert.ok(alice && bob && carol);
  const officer = await server.administrator();
  const phone = await server.http().login(alice.name, alice.password);
  const room = await makeRoomWith(phone, [bob, carol], { name: NAME });
  ok(await phone.put(route`/profile/${phone.userId}/displayname`, { displayname: DISPLAY }));
  await setState(phone, room, "m.room.topic", { topic: TOPIC });
  const message = await say(phone, room, MESSAGE);
  await redact(phone, room, message, REASON);
  await act(phone, "kick", room, carol, FAREWELL);
  refused(await tryAct(bob, "kick", room, alice.userId), 403, "M_FORBIDDEN");
  // Somebody else's room, so that a filter has something to leave out.
  await say(bob, await makeRoom(bob), "elsewhere");
  await untilFindable(officer);
  done = { alice, phone, bob, carol, room, message, officer };
}

const placesOf = (entries: readonly Json[]): string[] => entries.map(placeOf);
const all = (entries: readonly Json[], holds: (entry: Json) => boolean): void => {
  assert.ok(entries.length > 0, "nothing was found");
  assert.deepEqual(
    entries.filter((entry) => !holds(entry)),
    [],
  );
};

test("an administrator finds what somebody did, on which device, from where, to whom and in which room", async () => {
  const { alice, phone, carol, room, message, officer } = deeds();
  const found = await searchAll(officer, { actor: alice.userId });
  all(found, (entry) => at(entry, "actor") === alice.userId);
  const codes = codesOf(found);
  for (const code of [
    "session.created",
    "room.created",
    "room.state.set",
    "room.message.sent",
    "room.event.redacted",
    "room.member.kicked",
  ])
    assert.ok(codes.includes(code), `${code} is not among ${codes.join(", ")}`);
  const times = found.map((entry) => integerAt(entry, "index"));
  assert.deepEqual(
    times,
    times.toSorted((one, other) => other - one),
    "newest first",
  );

  const kicked = await newest(officer, { actor: alice.userId, code: "room.member.kicked" });
  const told = { actor: alice.userId, device_id: phone.deviceId, target: carol.userId, room_id: room, outcome: "done", count: 1 };
  for (const [name, value] of Object.entries(told)) assert.equal(at(kicked, name), value, name);
  assert.match(textAt(kicked, "address"), /127\.0\.0\.1$/);
  assert.equal(textAt(await newest(officer, { room, code: "room.message.sent" }), "event_id"), message);
});

test("each filter leaves what it says and nothing else, alone and together with the others", async () => {
  const { alice, bob, carol, room, officer } = deeds();
  const inRoom = await searchAll(officer, { room });
  all(inRoom, (entry) => at(entry, "room_id") === room);
  assert.ok(inRoom.some((entry) => at(entry, "actor") === bob.userId) && inRoom.some((entry) => at(entry, "actor") === alice.userId));
  all(await searchAll(officer, { target: carol.userId }), (entry) => at(entry, "target") === carol.userId);
  all(await searchAll(officer, { code: "room.member.*" }), (entry) => textAt(entry, "code").startsWith("room.member."));
  all(await searchAll(officer, { code: "room.created" }), (entry) => at(entry, "code") === "room.created");
  all(await searchAll(officer, { outcome: "refused" }), (entry) => at(entry, "outcome") === "refused");

  const kicked = await newest(officer, { room, code: "room.member.kicked", outcome: "done" });
  const time = integerAt(kicked, "time");
  const then = await searchAll(officer, { from: String(time), to: String(time) });
  all(then, (entry) => at(entry, "time") === time);
  assert.ok(placesOf(then).includes(placeOf(kicked)), "both ends are within");
  assert.ok(!placesOf(await searchAll(officer, { room, to: String(time - 1) })).includes(placeOf(kicked)));
  assert.ok(!placesOf(await searchAll(officer, { room, from: String(time + 1) })).includes(placeOf(kicked)));

  const together = { actor: alice.userId, target: carol.userId, room, code: "room.member.*", outcome: "done", from: String(time) };
  assert.deepEqual(placesOf(await searchAll(officer, together)), [placeOf(kicked)]);
  assert.deepEqual(await searchAll(officer, { ...together, actor: bob.userId }), []);
  assert.deepEqual(await searchAll(officer, { room: "!nowhere:localhost" }), []);
  assert.deepEqual(await searchAll(officer, { actor: "@nobody:localhost" }), []);
  assert.deepEqual(await searchAll(officer, { code: "constructor" }), []);
});

test("what was refused is found as refused, with the name of the reason", async () => {
  const { alice, bob, room, officer } = deeds();
  const found = await newest(officer, { actor: bob.userId, room, outcome: "refused" });
  assert.equal(at(found, "target"), alice.userId);
  assert.match(textAt(found, "reason"), /^[\w.-]+/);
});

test("an entry read by its place is the entry that the search showed", async () => {
  const { room, officer } = deeds();
  const found = await searchAll(officer, { room });
  assert.ok(found.length > 5);
  for (const entry of found) {
    const signed = await untilSigned(officer, entry);
    assert.deepEqual(signed, { ...(entry as object), unsigned: false });
  }
});

test("the pages of a search are complete and repeat nothing, while new entries come", async () => {
  const { bob, officer } = deeds();
  const room = await makeRoom(bob);
  await sayAll(bob, room, ...Array.from({ length: 20 }, (_, index) => `message ${index}`));
  await untilFindable(officer);
  for (const [query, limit] of [
    [{ room }, "9"],
    [{ actor: bob.userId, code: "room.message.*" }, "1"],
    // Of everything, the entries about these very searches included.
    [{}, "25"],
  ] as const) {
    const expected = placesOf(await searchAll(officer, { ...query, limit: "1000" }));
    assert.ok(expected.length >= 20);
    let meanwhile: string | undefined;
    const pages = placesOf(
      await searchAll(officer, { ...query, limit }, async () => {
        if (meanwhile !== undefined) return;
        await say(bob, room, "meanwhile");
        await untilFindable(officer);
        meanwhile = placeOf(await newest(officer, { room }));
      }),
    );
    assert.ok(meanwhile !== undefined && !expected.includes(meanwhile), "there was a new entry on the way");
    assert.equal(new Set(pages).size, pages.length, "no entry twice");
    assert.deepEqual(
      expected.filter((place) => !pages.includes(place)),
      [],
      "no entry left out",
    );
  }
});

test("a page has no more entries than was asked for, and a page name that was never given is refused", async () => {
  const { room, officer } = deeds();
  const first = await audit(officer, "entries", { room, limit: "2" });
  assert.equal((at(first, "entries") as readonly Json[]).length, 2);
  for (const after of ["nonsense", "0", "-1", "1/1/1", "constructor", `${textAt(first, "next_batch")}x`, "9".repeat(4000)])
    refused(await tryAudit(officer, "entries", { room, after }), 400, "M_INVALID_PARAM");
});

test("every way of reading the audit is in the audit, under the name of who read", async () => {
  const officer = await server.administrator("reader");
  const { room } = deeds();
  const entry = await untilSigned(officer, await newest(officer, { room }));
  ok(await tryAudit(officer, `${placeOf(entry)}/proof`));
  await audit(officer, "state");
  const { size } = await head(officer);
  await tryFile(officer, `logs/1/tile/${tilesOf("entries", size)[0] ?? ""}`);
  await untilFindable(officer);
  const found = await searchAll(await server.administrator(), { actor: officer.userId, code: "audit.*" });
  all(found, (one) => at(one, "outcome") === "done" && at(one, "device_id") === officer.deviceId && at(one, "as_administrator") === true);
  const codes = codesOf(found);
  for (const code of ["audit.searched", "audit.entry.read", "audit.proved", "audit.state.read", "audit.exported"])
    assert.ok(codes.includes(code), `${code} is not among ${codes.join(", ")}`);
  assert.ok(codes.filter((code) => code === "audit.exported").length >= 2, "the checkpoint and the tile");
  await untilFindable(officer);
  const own = await newest(officer, { code: "audit.searched", target: officer.userId });
  assert.equal(at(own, "actor"), deeds().officer.userId, "a search is found by whom it was about");
});

test("what is not there is not found, in every log and under every name", async () => {
  const { officer } = deeds();
  for (const path of [
    "entries/1/999999999",
    "entries/77/0",
    "entries/1/999999999/proof",
    "entries/77/0/proof",
    "logs/77/checkpoint",
    "logs/77/tile/0/000",
    "logs/1/tile/0/x009/999",
    "logs/1/tile/7/000",
  ])
    refused(await tryAudit(officer, path), 404, "M_NOT_FOUND");
});

const paths = ["entries", "entries/1/0", "entries/1/0/proof", "state", "verify", "logs/1/checkpoint", "logs/1/tile/entries/000.p/1"];

test("a member is refused all of it, whatever they ask for, and each refusal is found", async () => {
  const { officer } = deeds();
  const mallory = await server.stranger();
  for (const path of paths) refused(await tryAudit(mallory, path), 403, "M_FORBIDDEN");
  // What exists and what does not are refused alike: also their own deeds, and places that nothing has.
  refused(await tryAudit(mallory, "entries", { actor: mallory.userId }), 403, "M_FORBIDDEN");
  for (const path of ["entries/1/999999999", "entries/77/0", "logs/77/checkpoint", "logs/1/tile/.."]) {
    const answer = await tryAudit(mallory, path);
    assert.ok(answer.status === 403 || answer.status === 404, answer.asked);
    assert.equal(answer.text.includes('entries"'), false);
  }
  refused(await server.http().request("GET", "/_wardroom/admin/v1/audit/state", { token: "guessed" }), 401, "M_UNKNOWN_TOKEN");
  await untilFindable(officer);
  assert.equal(at(await newest(officer, { actor: "unknown", outcome: "refused" }), "reason"), "unknown-token");
  const found = await searchAll(officer, { actor: mallory.userId, outcome: "refused" });
  for (const code of ["audit.searched", "audit.entry.read", "audit.proved", "audit.state.read", "audit.exported"])
    assert.ok(codesOf(found).includes(code), code);
  all(
    found.filter((entry) => textAt(entry, "code").startsWith("audit.")),
    (entry) => at(entry, "reason") === "administrators-only",
  );
});

test("who is made no administrator any more by leaving gets nothing with the old token, and what they did still names them", async () => {
  const { officer } = deeds();
  const leaver = await server.administrator("leaver");
  await searchAll(leaver, { code: "session.created" });
  const challenge = await leaver.post("/account/deactivate", { erase: true });
  const identifier = { type: "m.id.user", user: leaver.name };
  const auth = { type: "m.login.password", identifier, password: leaver.password, session: textAt(challenge.json, "session") };
  ok(await leaver.post("/account/deactivate", { erase: true, auth }));
  for (const path of paths) refused(await tryAudit(leaver, path), 401, "M_UNKNOWN_TOKEN");
  await untilFindable(officer);
  const found = await newest(officer, { actor: leaver.userId, code: "audit.searched" });
  assert.deepEqual([at(found, "actor"), at(found, "erased")], [leaver.userId, []]);
});

test("nothing that anybody said or called anything is in any answer, and no name is in the files", async () => {
  const { alice, officer } = deeds();
  const found = await searchAll(officer);
  const signed = await untilSigned(officer, found[0] ?? null);
  const { note, size } = await head(officer);
  const files = [...tilesOf("entries", size), ...tilesOf(0, size)].map((path) => `logs/1/tile/${path}`);
  const bodies: string[] = [JSON.stringify(found), JSON.stringify(signed), note, (await tryAudit(officer, "state")).text];
  const bytes: Answer[] = [];
  for (const path of files) bytes.push(await tryFile(officer, path));
  bytes.push(await tryFile(officer, `${placeOf(signed)}/proof`));
  for (const word of [...words, alice.password, alice.token])
    for (const text of [...bodies, ...bytes.map((answer) => answer.text)]) assert.ok(!text.includes(word), word);
  for (const name of ["alice", "127.0.0.1", deeds().room.slice(1, 20)])
    for (const answer of bytes) assert.ok(!answer.text.includes(name), `${name} in ${answer.asked}`);
});

test("checkpoint, tiles, entries and proofs that come over HTTP verify with the public key, and a changed byte does not", async () => {
  const { room, officer } = deeds();
  const signed = await untilSigned(officer, await newest(officer, { room }));
  const state = await audit(officer, "state");
  const verifier = createVerifier(textAt(state, "logs", 0, "vkey"));
  const { note } = await head(officer);
  const { origin, size, root } = parseCheckpoint(openNote(note, [verifier]).text);
  assert.equal(origin, textAt(state, "logs", 0, "origin"));
  assert.ok(size > integerAt(signed, "index"));
  const read = async (path: string) => (await tryFile(officer, `logs/1/${path}`)).bytes;
  const log = {
    size,
    root,
    readTile: (tile: Parameters<typeof tilePath>[0]) => read(tilePath(tile)),
    readEntries: ({ index, width }: { readonly index: number; readonly width: number }) => read(entriesPath(index, width)),
  };
  assert.deepEqual(await checkLog(log), { size, entries: size, faults: [], complete: true });
  const flipped = async (bytes: Promise<Uint8Array>) => (await bytes).map((byte, at) => (at === 40 ? byte ^ 1 : byte));
  const { faults } = await checkLog({ ...log, readEntries: (bundle) => flipped(log.readEntries(bundle)) });
  assert.ok(faults.length > 0, "a log with a changed byte is not whole");

  const answer = await audit(officer, `${placeOf(signed)}/proof`);
  const proof = textAt(answer, "proof");
  const entry = Buffer.from(textAt(answer, "entry"), "base64");
  assert.equal(checkProof({ proof, entry, verifiers: [verifier] }).index, integerAt(signed, "index"));
  assert.equal(textAt(JSON.parse(entry.toString("utf8")), "id"), textAt(signed, "id"));
  const changed = Buffer.from(entry);
  changed.writeUInt8(changed.readUInt8(1) ^ 1, 1);
  assert.throws(() => checkProof({ proof, entry: changed, verifiers: [verifier] }));
});

test("a tile is given out under its only name, and no file of the log that was not signed", async () => {
  const { officer } = deeds();
  const { size } = await head(officer);
  for (const path of [
    "tile/0/x000/000",
    "tile/00/000",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/entries/../0/000",
    "tile/63/000",
    "second-place",
    "vkey",
  ]) {
    const answer = await tryAudit(officer, `logs/1/${path}`);
    assert.equal(answer.status, 404, path);
  }
  const beyond = tilesOf("entries", size + 256 * 1000).at(-1) ?? "";
  refused(await tryAudit(officer, `logs/1/tile/${beyond}`), 404, "M_NOT_FOUND");
});

test("a search goes on where it stood when the server was started again in between", async () => {
  const { officer, room } = deeds();
  const expected = placesOf(await searchAll(officer, { room, limit: "1000" }));
  let pages = 0;
  const found = await searchAll(officer, { room, limit: "2" }, async () => {
    if ((pages += 1) === 1) await server.process().restart();
  });
  assert.ok(pages > 1);
  assert.deepEqual(placesOf(found), expected);
});

test("an administrator has the running log checked: it is whole, nobody has seen its head, and the check is an entry", async () => {
  const { officer } = deeds();
  const report = await audit(officer, "verify");
  assert.deepEqual([at(report, "faults"), at(report, "logs", 0, "faults"), at(report, "logs", 0, "witnesses")], [[], [], 0]);
  assert.ok(integerAt(at(report, "logs", 0) ?? null, "entries") > 10);
  await untilFindable(officer);
  assert.equal(textAt(await newest(officer, { code: "audit.verified" }), "reason"), "whole");
});
