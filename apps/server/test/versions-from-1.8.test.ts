// What v1.8 to v1.12 of the specification brought that a client can see.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, type JsonRecord, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import sharp from "sharp";
import { composeHouse } from "./composed-house.test-support.ts";
import { newCrossSigningKeys } from "../src/e2ee/client-keys.test-support.ts";
import { publicRooms } from "./directory-steps.test-support.ts";
import { download, thumbnail, upload } from "./media-steps.test-support.ts";
import { edit, react, relations, reply } from "./relation-steps.test-support.ts";
import { act, bodies, getEvent, history, idsOf, makeRoom, makeRoomWith, say, setState, trySend } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { roomIn, sync } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;
const ask = (method: string, path: string, options = {}) => server.http().request(method, path, options);
const countsOf = async (who: Session, room: string) => {
  const counts = at(roomIn(await sync(who), "join", room) ?? null, "unread_notifications") ?? null;
  return [at(counts, "notification_count"), at(counts, "highlight_count")];
};

test("v1.8: only who is in the room reports its events; to others they are not there", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { preset: "public_chat" });
  const event = await say(alice, room, "bad");
  refused(await bob.post(route`/rooms/${room}/report/${event}`, {}), 404, "M_NOT_FOUND");
  ok(await bob.post(route`/join/${room}`));
  ok(await bob.post(route`/rooms/${room}/report/${event}`, {}));
});

test("v1.8: a directory filter may say of types that it has none", async () => {
  ok(await (await server.stranger()).post("/publicRooms", { filter: { room_types: null } }));
  await publicRooms(await server.stranger(), { filter: { room_types: [null, "m.space"] } });
});

test("v1.9: an edit notifies nobody", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const event = await say(alice, room, "one");
  await edit(alice, room, event, "two");
  assert.deepEqual(await countsOf(bob, room), [1, 0]);
  assert.deepEqual(at(ok(await bob.get("/pushrules/global/override/.m.rule.suppress_edits")), "actions"), []);
});

test("v1.9: the root of a thread is not of the thread: words about it alone are not either", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const child = await reply(alice, room, root);
  const atRoot = await react(alice, room, root, "x");
  const mark = (event: string, thread_id: string) => bob.post(route`/rooms/${room}/receipt/m.read/${event}`, { thread_id });
  ok(await mark(child, root));
  ok(await mark(root, "main"));
  refused(await mark(atRoot, root), 400, "M_INVALID_PARAM");
  refused(await mark(child, "main"), 400, "M_INVALID_PARAM");
});

test("v1.10: the versions are told with a token and without, and with one that is worth nothing", async () => {
  const alice = await server.stranger();
  const tokens: readonly JsonRecord[] = [{}, { token: alice.token }, { token: "wrong" }];
  const answers = await Promise.all(tokens.map((options) => ask("GET", "/_matrix/client/versions", options)));
  assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
  assert.equal(answers[0]?.status, 200);
});

test("v1.10: whoever leaves for good may ask to be erased", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  await say(bob, room, "words");
  const body = { erase: true };
  const challenge = await bob.post("/account/deactivate", body);
  const identifier = { type: "m.id.user", user: bob.name };
  const auth = { type: "m.login.password", identifier, password: bob.password, session: textAt(challenge.json, "session") };
  ok(await bob.post("/account/deactivate", { ...body, auth }));
  assert.deepEqual(await bodies(alice, room), []);
});

test("v1.10: whom to ask is told to everybody, where the configuration names somebody", async (context) => {
  refused(await ask("GET", "/.well-known/matrix/support"), 404, "M_NOT_FOUND");
  const house = await composeHouse(context, {
    "support.admin": "@admin:localhost",
    "support.security": "security@example.org",
    "support.page": "https://example.org/help",
  });
  const answer = await house.http().request("GET", "/.well-known/matrix/support");
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  assert.deepEqual(JSON.parse(answer.text), {
    contacts: [
      { matrix_id: "@admin:localhost", role: "m.role.admin" },
      { email_address: "security@example.org", role: "m.role.security" },
    ],
    support_page: "https://example.org/help",
  });
  await assert.rejects(composeHouse(context, { "support.admin": "somebody" }), /neither a user id nor an e-mail address/);
});

test("v1.10: a file's name and its caption stay as they were sent", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const content = { msgtype: "m.file", body: "the caption", filename: "a.txt", url: await upload(alice, "text") };
  const event = textAt(ok(await trySend(alice, room, "m.room.message", content)), "event_id");
  assert.deepEqual({ ...recordAt(await getEvent(alice, room, event), "content") }, content);
});

test("v1.10: who asks too often is told in a header when to come again", async (context) => {
  const house = await composeHouse(context, { profile: "standard" });
  const body = { type: "m.login.password", identifier: { type: "m.id.user", user: "nobody" }, password: "wrong" };
  for (let time = 0; time < 200; time += 1) {
    const answer = await house.http().request("POST", "/login", { body });
    if (answer.status !== 429) continue;
    refused(answer, 429, "M_LIMIT_EXCEEDED");
    assert.match(answer.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
    return;
  }
  assert.fail("nobody was ever stopped");
});

test("v1.10: children of children are listed on request, and it says how deep", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const event = await say(alice, room, "one");
  const child = await reply(alice, room, event);
  const grandchild = await react(alice, room, child, "x");
  const flat = await relations(alice, room, event);
  assert.deepEqual(idsOf(listAt(flat, "chunk")), [child]);
  const deep = await relations(alice, room, event, { recurse: "true" });
  assert.deepEqual(idsOf(listAt(deep, "chunk")), [grandchild, child]);
  assert.equal(at(deep, "recursion_depth"), 3);
});

test("v1.10: push rules and read markers are not written as account data", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  refused(await alice.put(route`/user/${alice.userId}/account_data/m.push_rules`, { global: {} }), 405, "M_BAD_JSON");
  refused(await alice.put(route`/user/${alice.userId}/rooms/${room}/account_data/m.fully_read`, { event_id: "$x" }), 405, "M_BAD_JSON");
});

test("v1.11: files, thumbnails and limits are taken with a token at their new places, and the old ones give no file", async () => {
  const alice = await server.stranger();
  const picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: "#123456" } })
    .png()
    .toBuffer();
  const uri = await upload(alice, picture, { type: "image/png", name: "a.png" });
  assert.equal((await download(alice, uri)).bytes.length, picture.length);
  const small = await thumbnail(alice, uri, { width: "32", height: "32", method: "crop", animated: "true" });
  assert.equal(small.status, 200);
  assert.ok(Number(at(ok(await alice.get("/_matrix/client/v1/media/config")), "m.upload.size")) > 0);
  const place = uri.replace("mxc://", "");
  const tokenless = await ask("GET", `/_matrix/client/v1/media/download/${place}`);
  refused(tokenless, 401, "M_MISSING_TOKEN");
  for (const old of ["download", "thumbnail"]) {
    const { status } = await fetch(`${server.http().url}/_matrix/media/v3/${old}/${place}?width=32&height=32`);
    assert.equal(status, 404, old);
  }
});

test("v1.11: the server looks at no page for a preview", async () => {
  const alice = await server.stranger();
  const answer = await alice.get("/_matrix/client/v1/media/preview_url", { url: "https://example.org" });
  refused(answer, 404, "M_UNRECOGNIZED");
});

test("v1.11: the first cross-signing keys need no further proof", async () => {
  const alice = await server.stranger();
  ok(await alice.post("/keys/device_signing/upload", newCrossSigningKeys(alice.userId).keys));
});

test("v1.11: every event tells the reader what they were in the room when it happened", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { preset: "public_chat" });
  const [before, joined] = [await say(alice, room, "before"), await act(alice, "invite", room, bob)];
  assert.equal(joined, undefined);
  ok(await bob.post(route`/join/${room}`));
  const after = await say(alice, room, "after");
  const seen = new Map((await history(bob, room)).map((event) => [textAt(event, "event_id"), at(event, "unsigned", "membership")]));
  assert.deepEqual([seen.get(before), seen.get(after)], ["leave", "join"]);
});

test("v1.11: a token in the address still opens, and registration asks to agree to nothing", async () => {
  const alice = await server.stranger();
  assert.equal(at(ok(await ask("GET", "/account/whoami", { query: { access_token: alice.token } })), "user_id"), alice.userId);
  const challenge = await ask("POST", "/register", { body: { username: "terms", password: "a long pass phrase" } });
  assert.ok(!JSON.stringify(challenge.json).includes("m.login.terms"));
});

test("v1.11: a state key has at most 255 bytes, not characters", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  await setState(alice, room, "org.example", {}, "x".repeat(255));
  const answer = await alice.put(route`/rooms/${room}/state/org.example/${"é".repeat(128)}`, {});
  refused(answer, 400, "M_INVALID_PARAM");
});

test("v1.12: a room is marked unread by account data of its own, and told so to the other devices", async () => {
  const alice = await server.stranger();
  const second = await server.http().login(alice.name, alice.password);
  const room = await makeRoom(alice);
  ok(await alice.put(route`/user/${alice.userId}/rooms/${room}/account_data/m.marked_unread`, { unread: true }));
  const events = listAt(roomIn(await sync(second), "join", room), "account_data", "events");
  assert.deepEqual(
    events.filter((event) => at(event, "type") === "m.marked_unread").map((event) => at(event, "content", "unread")),
    [true],
  );
});

test("v1.12: the servers by which a room is found are named by either parameter", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { preset: "public_chat" });
  const knocking = await makeRoom(alice, { initial_state: [{ type: "m.room.join_rules", content: { join_rule: "knock" } }] });
  for (const name of ["via", "server_name"]) {
    ok(await bob.request("POST", route`/join/${room}`, { query: { [name]: "elsewhere.example" }, body: {} }));
    ok(await bob.request("POST", route`/knock/${knocking}`, { query: { [name]: "elsewhere.example" }, body: {} }));
    for (const left of [room, knocking]) ok(await bob.post(route`/rooms/${left}/leave`));
  }
});

test("beyond v1.12: state after the timeline comes under the name by which it was asked for", async () => {
  // Of v1.16 by its stable name, which is not listed; the SDKs ask by the other one whatever is listed.
  const alice = await server.stranger();
  const room = await makeRoom(alice, { name: "Bridge" });
  const names = { stable: "state_after", unstable: "org.matrix.msc4222.state_after" } as const;
  for (const stateAfter of ["stable", "unstable"] as const) {
    const section = roomIn(await sync(alice, { stateAfter }), "join", room) ?? null;
    const types = listAt(section, names[stateAfter], "events").map((event) => textAt(event, "type"));
    assert.ok(types.includes("m.room.name"));
    assert.equal(at(section, "state"), undefined);
  }
});

test("v1.12: there are no push rules of one device", async () => {
  const alice = await server.stranger();
  const answer = await fetch(`${server.http().url}/_matrix/client/v3/pushrules/device/`, {
    headers: { authorization: `Bearer ${alice.token}` },
  });
  // JSON is what every refusal is.
  assert.deepEqual([answer.status, at((await answer.json()) as Json, "errcode")], [404, "M_UNRECOGNIZED"]);
});

test("v1.12: a profile is read by everybody with an account, so nobody is refused one that is there", async () => {
  const [alice, bob] = await pair();
  ok(await alice.put(route`/profile/${alice.userId}/displayname`, { displayname: "Alice" }));
  for (const path of [route`/profile/${alice.userId}/displayname`, route`/profile/${alice.userId}`]) {
    assert.equal(at(ok(await bob.get(path)), "displayname"), "Alice");
    refused(await ask("GET", path), 401, "M_MISSING_TOKEN");
  }
});

test("v1.12: a file comes with its type, and as an attachment where a browser would run it", async () => {
  const alice = await server.stranger();
  const [plain, page] = [
    await upload(alice, "text", { name: "a.txt" }),
    await upload(alice, "<script>", { type: "text/html", name: "a.html" }),
  ];
  const kind = async (uri: string) => (await download(alice, uri)).headers.get("content-disposition")?.split(";")[0];
  assert.deepEqual([await kind(plain), await kind(page)], ["inline", "attachment"]);
});
