// Files through the whole server: what goes in comes out, to whom, and under which headers.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { type Answer, at, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import { download, fill, partsOf, reserve, thumbnail, tryUpload, upload } from "./media-steps.test-support.ts";
import { act, join as enter, leave, makeRoom, makeRoomWith, redact, send, setState } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const pair = server.pair;
const TEXT = "twelve bytes";
const gone = (answer: Answer) => refused(answer, 404, "M_NOT_FOUND");
/** The body of a file. */
function file(answer: Answer, status = 200): Buffer {
  assert.equal(answer.status, status, `${answer.asked}: ${answer.text.slice(0, 200)}`);
  return Buffer.from(answer.bytes);
}
const pattern = (size: number): Buffer => Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 255));
let bodies = 0;
/** Bytes that nobody sent before: the same ones twice are one file. */
const fresh = (): string => `body ${(bodies += 1)}`;
const show = (by: Session, room: string, url: string): Promise<string> =>
  send(by, room, "m.room.message", { msgtype: "m.image", body: "picture", url });

test("a file comes back byte for byte, with its type, its name, and headers that keep a browser from running it", async () => {
  const [alice] = await pair();
  const bytes = pattern(300_000);
  const uri = await upload(alice, bytes, { type: "image/png", name: 'über "x".png' });
  assert.match(uri, /^mxc:\/\/localhost\/[\w-]{27}$/);
  const answer = await download(alice, uri);
  assert.deepEqual(file(answer), bytes);
  const shown = Object.fromEntries(answer.headers);
  assert.equal(shown["content-type"], "image/png");
  assert.equal(shown["content-disposition"], `inline; filename="_ber _x_.png"; filename*=UTF-8''%C3%BCber%20%22x%22.png`);
  assert.match(shown["content-security-policy"] ?? "", /^sandbox; default-src 'none'; script-src 'none'/);
  assert.equal(shown["x-content-type-options"], "nosniff");
  assert.equal(shown["cross-origin-resource-policy"], "cross-origin");
  assert.equal(shown["access-control-allow-origin"], "*");
  assert.equal(shown["cache-control"], "private, no-cache");
  assert.equal(shown["accept-ranges"], "bytes");
  assert.equal(shown["content-length"], "300000");
});

test("what a browser would run is an attachment without a name of its own type, and no name breaks out of its header", async () => {
  const [alice] = await pair();
  for (const type of ["text/html", "image/svg+xml", "application/xhtml+xml; charset=utf-8", "text/javascript", "TEXT/HTML;x=y"]) {
    const { headers } = await download(alice, await upload(alice, fresh(), { type, name: "page.html" }));
    assert.deepEqual(
      [headers.get("content-type"), headers.get("content-disposition")],
      ["application/octet-stream", 'attachment; filename="page.html"'],
    );
  }
  const names: Readonly<Record<string, string>> = {
    "a\r\nSet-Cookie: x=y": 'attachment; filename="aSet-Cookie: x=y"',
    'x"; filename="y.exe': `attachment; filename="x_; filename=_y.exe"; filename*=UTF-8''x%22%3B%20filename%3D%22y.exe`,
    "photo\u202egpj.exe": 'attachment; filename="photogpj.exe"',
    "../../etc/passwd": 'attachment; filename="../../etc/passwd"',
  };
  for (const [name, expected] of Object.entries(names)) {
    const { headers } = await download(alice, await upload(alice, fresh(), { type: "application/pdf", name }));
    assert.equal(headers.get("content-disposition"), expected);
    assert.equal(headers.get("set-cookie"), null);
  }
  const [serverName, mediaId] = partsOf(await upload(alice, fresh(), { type: "text/plain; charset=UTF-8" }));
  const renamed = await alice.get(route`/_matrix/client/v1/media/download/${serverName}/${mediaId}/${"other name.txt"}`);
  assert.deepEqual(
    [renamed.headers.get("content-type"), renamed.headers.get("content-disposition")],
    ["text/plain; charset=utf-8", 'inline; filename="other name.txt"'],
  );
  const unnamed = await download(alice, `mxc://${serverName}/${mediaId}`);
  assert.equal(unnamed.headers.get("content-disposition"), "inline");
});

test("one range is served, several are the whole, and one beyond the end is told the size", async () => {
  const [alice] = await pair();
  const bytes = pattern(200_000);
  const uri = await upload(alice, bytes);
  const etag = (await download(alice, uri)).headers.get("etag") ?? "";
  const parts: readonly (readonly [string, number, number])[] = [
    ["bytes=0-0", 0, 0],
    ["bytes=65535-65536", 65_535, 65_536],
    ["bytes=199999-", 199_999, 199_999],
    ["bytes=-10", 199_990, 199_999],
    ["bytes=100000-9999999", 100_000, 199_999],
    ["bytes=-9999999", 0, 199_999],
  ];
  for (const [range, first, last] of parts) {
    const answer = await download(alice, uri, { range });
    assert.deepEqual(file(answer, 206), bytes.subarray(first, last + 1), range);
    assert.equal(answer.headers.get("content-range"), `bytes ${first}-${last}/200000`);
  }
  for (const range of ["bytes=0-1,5-6", "bytes=5-2", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1e3", `bytes=0-${"9".repeat(20)}`])
    assert.equal(file(await download(alice, uri, { range })).length, 200_000, range);
  for (const range of ["bytes=200000-", "bytes=-0"]) {
    const beyond = await download(alice, uri, { range });
    refused(beyond, 416, "M_INVALID_PARAM");
    assert.equal(beyond.headers.get("content-range"), "bytes */200000");
  }
  assert.equal(file(await download(alice, uri, { range: "bytes=0-9", "if-range": etag }), 206).length, 10);
  assert.equal(file(await download(alice, uri, { range: "bytes=0-9", "if-range": '"other"' })).length, 200_000);
});

test("a browser that has the file already is told so, if it still may have it; HEAD gives the head alone", async () => {
  const [alice, bob] = await pair();
  const uri = await upload(alice, TEXT);
  const etag = (await download(alice, uri)).headers.get("etag") ?? "";
  const known = await download(alice, uri, { "if-none-match": `"x", W/${etag}` });
  assert.deepEqual([known.status, known.bytes.length], [304, 0]);
  const stranger = await server.stranger();
  gone(await download(stranger, uri, { "if-none-match": etag }));
  gone(await download(stranger, uri, { "if-none-match": "*" }));
  const head = await download(alice, uri, {}, "HEAD");
  assert.deepEqual([head.status, head.headers.get("content-length"), head.bytes.length], [200, "12", 0]);
  assert.equal((await download(bob, partsOf(uri).join("/"), {}, "HEAD")).status, 404);
});

test("there is no download without a token, at the old places or anywhere, and nothing of other servers", async () => {
  const [alice] = await pair();
  const uri = await upload(alice, TEXT);
  const [serverName, mediaId] = partsOf(uri);
  for (const version of ["v3", "r0", "v1"]) {
    for (const rest of [
      `download/${serverName}/${mediaId}`,
      `download/${serverName}/${mediaId}/name`,
      `thumbnail/${serverName}/${mediaId}?width=1&height=1`,
    ]) {
      for (const token of [undefined, alice.token])
        refused(
          await server.http().request("GET", `/_matrix/media/${version}/${rest}`, token === undefined ? {} : { token }),
          404,
          "M_UNRECOGNIZED",
        );
    }
  }
  refused(await alice.get("/_matrix/client/v1/media/preview_url", { url: "http://127.0.0.1/" }), 404, "M_UNRECOGNIZED");
  refused(await server.http().request("GET", `/_matrix/client/v1/media/download/${serverName}/${mediaId}`), 401, "M_MISSING_TOKEN");
  gone(await download(alice, `mxc://elsewhere.example/${mediaId}`));
  gone(await download(alice, "mxc://localhost/unknown"));
  gone(await alice.get(route`/_matrix/client/v1/media/download/${serverName}/${"../../wardroom.key"}`));
  gone(await alice.request("PUT", route`/_matrix/media/v3/upload/${"elsewhere.example"}/${mediaId}`, { rawBody: "x" }));
});

test("the largest size is told at both places, and what is larger is refused before it is sent", async () => {
  const [alice] = await pair();
  for (const path of ["/_matrix/client/v1/media/config", "/_matrix/media/v3/config"]) {
    assert.equal(at(ok(await alice.get(path)), "m.upload.size"), 100 * 1024 * 1024);
    refused(await server.http().request("GET", path), 401, "M_MISSING_TOKEN");
  }
  const { port, hostname } = new URL(server.process().url);
  const lines = [
    "POST /_matrix/media/v3/upload HTTP/1.1",
    "Host: x",
    `Authorization: Bearer ${alice.token}`,
    `Content-Length: ${100 * 1024 * 1024 + 1}`,
    "Expect: 100-continue",
  ];
  const socket = connect(Number(port), hostname, () => socket.write(`${lines.join("\r\n")}\r\n\r\n`));
  let text = "";
  socket.on("data", (data) => (text += data.toString()));
  await once(socket, "close");
  assert.match(text, /^HTTP\/1\.1 413 .*M_TOO_LARGE/s);
});

test("an id can be given out first and filled once, by its maker", async () => {
  const [alice, bob] = await pair();
  const uri = await reserve(alice);
  const [serverName, mediaId] = partsOf(uri);
  const path = route`/_matrix/client/v1/media/download/${serverName}/${mediaId}`;
  refused(await alice.get(path, { timeout_ms: "0" }), 504, "M_NOT_YET_UPLOADED");
  gone(await bob.get(path, { timeout_ms: "60000" }));
  refused(await fill(bob, uri, TEXT), 404, "M_NOT_FOUND");
  const waiting = alice.get(path, { timeout_ms: "20000" });
  ok(await fill(alice, uri, TEXT));
  assert.equal(file(await waiting).toString(), TEXT);
  refused(await fill(alice, uri, "other"), 409, "M_CANNOT_OVERWRITE_MEDIA");
  gone(await fill(alice, "mxc://localhost/unknown", TEXT));
});

test("who may see an event that names a file may have it; others, and the same person before, get the answer for nothing", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  assert.ok(alice && bob && carol);
  const room = await makeRoomWith(alice, [bob]);
  const uri = await upload(alice, fresh());
  const before = await download(carol, uri);
  gone(before);
  assert.deepEqual(before.json, (await download(carol, "mxc://localhost/unknown")).json, "the very same answer");
  await show(alice, room, uri);
  file(await download(bob, uri));
  gone(await download(carol, uri));
  gone(await thumbnail(carol, uri, { width: "32", height: "32" }));
  await enter(carol, room);
  file(await download(carol, uri));
});

test("to name a file that one could not see gives nobody the right to it, oneself included", async () => {
  const [alice, bob] = await server.twoStrangers();
  const thief = await server.stranger();
  const room = await makeRoomWith(alice, [bob]);
  const uri = await upload(alice, fresh());
  const lair = await makeRoom(thief, { preset: "public_chat" });
  await show(thief, lair, uri);
  await show(alice, room, uri);
  await show(thief, lair, uri);
  await setState(thief, lair, "m.room.avatar", { url: uri });
  ok(await thief.put(route`/profile/${thief.userId}/avatar_url`, { avatar_url: uri }));
  const friend = await server.stranger();
  await enter(friend, lair);
  for (const who of [thief, friend]) gone(await download(who, uri));
  // Bob could see it, so what he passes on counts.
  const other = await makeRoomWith(bob, [friend]);
  await show(bob, other, uri);
  file(await download(friend, uri));
  gone(await download(thief, uri));
});

test("who left keeps what they saw and gets nothing of what came later, and who was banned likewise", async () => {
  const [alice, bob] = await server.twoStrangers();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol]);
  const [seen, later] = [await upload(alice, fresh()), await upload(alice, fresh())];
  await show(alice, room, seen);
  await leave(bob, room);
  await act(alice, "ban", room, carol);
  await show(alice, room, later);
  for (const who of [bob, carol]) {
    file(await download(who, seen));
    gone(await download(who, later));
  }
});

test("history that a newcomer may not read keeps its files from them, and the state they are given does not", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoom(alice, { preset: "public_chat" });
  await setState(alice, room, "m.room.history_visibility", { history_visibility: "joined" });
  const [picture, old] = [await upload(alice, fresh()), await upload(alice, fresh())];
  await setState(alice, room, "m.room.avatar", { url: picture });
  await show(alice, room, old);
  await enter(bob, room);
  file(await download(bob, picture));
  gone(await download(bob, old));
});

test("whoever is invited sees the picture of the room and nothing else of it", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoom(alice, { preset: "private_chat" });
  const [picture, inside] = [await upload(alice, fresh()), await upload(alice, fresh())];
  await setState(alice, room, "m.room.avatar", { url: picture });
  await show(alice, room, inside);
  gone(await download(bob, picture));
  await act(alice, "invite", room, bob);
  file(await download(bob, picture));
  gone(await download(bob, inside));
  await leave(bob, room);
  gone(await download(bob, picture));
});

test("a redaction takes the file along, for those in other rooms with its owner too, and who named it before keeps what they passed on", async () => {
  const [alice, bob] = await server.twoStrangers();
  const [carol, dave] = await server.twoStrangers();
  const room = await makeRoomWith(alice, [bob]);
  await makeRoomWith(alice, [carol]);
  const [uri, passed] = [await upload(alice, fresh()), await upload(alice, fresh())];
  const [one, two] = [await show(alice, room, uri), await show(alice, room, passed)];
  const other = await makeRoomWith(bob, [dave]);
  await show(bob, other, passed);
  await redact(alice, room, one);
  await redact(alice, room, two);
  gone(await download(bob, uri));
  gone(await download(carol, uri));
  file(await download(alice, uri));
  file(await download(dave, passed));
  // Too late to pass it on.
  await show(bob, other, uri);
  gone(await download(dave, uri));
  gone(await download(bob, uri));
});

test("a file of an encrypted message is for those who are in a room with whoever sent it, and naming it in clear takes it from nobody", async () => {
  const [alice, bob] = await server.twoStrangers();
  const stranger = await server.stranger();
  const room = await makeRoomWith(alice, [bob]);
  const uri = await upload(alice, fresh(), { type: "application/octet-stream" });
  await send(alice, room, "m.room.encrypted", { algorithm: "m.megolm.v1.aes-sha2", ciphertext: "AAAA", session_id: "s" });
  file(await download(bob, uri));
  gone(await download(stranger, uri));
  await show(stranger, await makeRoom(stranger), uri);
  gone(await download(stranger, uri));
  file(await download(bob, uri));
  await leave(bob, room);
  gone(await download(bob, uri));
});

test("a person's present picture is for everybody with an account, and the one before it is not", async () => {
  const [alice, bob] = await server.twoStrangers();
  const [first, second] = [await upload(alice, fresh()), await upload(alice, fresh())];
  const wear = async (uri: string) => ok(await alice.put(route`/profile/${alice.userId}/avatar_url`, { avatar_url: uri }));
  gone(await download(bob, first));
  await wear(first);
  file(await download(bob, first));
  await wear(second);
  file(await download(bob, second));
  gone(await download(bob, first));
});

test("an address counts wherever it stands in the content", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoomWith(alice, [bob]);
  const [one, two, three] = [await upload(alice, fresh()), await upload(alice, fresh()), await upload(alice, fresh())];
  assert.ok(one && two && three);
  await send(alice, room, "m.room.message", { msgtype: "m.text", body: "x", formatted_body: `<img src="${one}"><img src='${two}'/>` });
  await send(alice, room, "org.example", { a: [{ b: { info: { thumbnail_url: three } } }], constructor: 1 });
  for (const uri of [one, two, three]) file(await download(bob, uri));
});

test("everything is there after a restart, and a file damaged on disk is a fault and never wrong bytes", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoomWith(alice, [bob]);
  const bytes = pattern(500_000);
  const uri = await upload(alice, bytes);
  await show(alice, room, uri);
  const before = new Set(storedFiles());
  const small = await upload(alice, fresh());
  await server.process().restart();
  assert.deepEqual(file(await download(bob, uri)), bytes);
  const path = storedFiles().find((name) => !before.has(name)) ?? "";
  const stored = readFileSync(path);
  stored[0] = (stored[0] ?? 0) ^ 1;
  writeFileSync(path, stored);
  refused(await download(alice, small), 500, "M_UNKNOWN");
  const large = storedFiles().find((name) => readFileSync(name).length > 500_000) ?? "";
  const cut = readFileSync(large);
  cut[300_000] = (cut[300_000] ?? 0) ^ 1;
  writeFileSync(large, cut);
  await assert.rejects(download(bob, uri), "the connection ends short of the announced length");
  assert.equal(file(await download(bob, uri, { range: "bytes=0-9" }), 206).length, 10);
});

function storedFiles(): string[] {
  return readdirSync(join(server.process().dataFolder, "media"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("sizes of thumbnails are whole numbers of pixels, and what is no picture has none", async () => {
  const [alice] = await pair();
  const uri = await upload(alice, TEXT);
  for (const [width, height] of [
    ["0", "32"],
    ["-1", "32"],
    ["1.5", "32"],
    ["x", "32"],
    ["999999", "32"],
  ] as const)
    refused(await thumbnail(alice, uri, { width, height }), 400, "M_INVALID_PARAM");
  refused(await thumbnail(alice, uri, { width: "32" }), 400, "M_MISSING_PARAM");
  refused(await thumbnail(alice, uri, { width: "32", height: "32", method: "stretch" }), 400, "M_INVALID_PARAM");
  refused(await thumbnail(alice, uri, { width: "32", height: "32" }), 400, "M_UNKNOWN");
  const svg = await upload(alice, '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', { type: "image/png" });
  refused(await thumbnail(alice, svg, { width: "32", height: "32" }), 400, "M_UNKNOWN");
  const answer = await tryUpload(alice, TEXT);
  assert.deepEqual(Object.keys(recordAt(ok(answer))), ["content_uri"]);
  assert.ok(textAt(ok(answer), "content_uri") !== uri, "the same bytes again are another id");
});
