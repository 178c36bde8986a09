import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import { makeRoomWith, say } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { follow, nextBatch, now, roomIn, sync } from "./sync-steps.test-support.ts";

const server = useServer();
const own = (who: Session, type: string) => route`/user/${who.userId}/account_data/${type}`;
const ownIn = (who: Session, room: string, type: string) => route`/user/${who.userId}/rooms/${room}/account_data/${type}`;
const globalOf = (answer: Json, type: string) => listAt(answer, "account_data", "events").find((event) => at(event, "type") === type);
const roomDataOf = (answer: Json, room: string, type: string) =>
  listAt(roomIn(answer, "join", room), "account_data", "events").find((event) => at(event, "type") === type);

const pair = server.twoStrangers;

test("account data is kept, replaced whole, and found again by its owner", async () => {
  const [alice] = await pair();
  ok(await alice.put(own(alice, "org.example.settings"), { a: 1, b: { c: [true, null] } }));
  assert.deepEqual(JSON.parse(JSON.stringify(ok(await alice.get(own(alice, "org.example.settings"))))), { a: 1, b: { c: [true, null] } });
  ok(await alice.put(own(alice, "org.example.settings"), { z: 2 }));
  assert.deepEqual({ ...recordAt(ok(await alice.get(own(alice, "org.example.settings")))) }, { z: 2 });
});

test("account data of a room is apart from the global one and from other rooms'", async () => {
  const [alice] = await pair();
  const [room, other] = [await makeRoomWith(alice, []), await makeRoomWith(alice, [])];
  ok(await alice.put(own(alice, "org.example.t"), { where: "global" }));
  ok(await alice.put(ownIn(alice, room, "org.example.t"), { where: "room" }));
  assert.equal(at(ok(await alice.get(own(alice, "org.example.t"))), "where"), "global");
  assert.equal(at(ok(await alice.get(ownIn(alice, room, "org.example.t"))), "where"), "room");
  refused(await alice.get(ownIn(alice, other, "org.example.t")), 404, "M_NOT_FOUND");
});

test("nobody reads or writes the account data of another person", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  ok(await alice.put(own(alice, "org.example.t"), { secret: true }));
  ok(await alice.put(ownIn(alice, room, "org.example.t"), { secret: true }));
  for (const path of [own(alice, "org.example.t"), ownIn(alice, room, "org.example.t")]) {
    refused(await bob.get(path), 403, "M_FORBIDDEN");
    refused(await bob.put(path, { stolen: true }), 403, "M_FORBIDDEN");
    assert.equal(at(ok(await alice.get(path)), "secret"), true);
  }
});

test("an unset type is not found, also where a type is named like a property of every object", async () => {
  const [alice] = await pair();
  const room = await makeRoomWith(alice, []);
  for (const type of ["m.org.matrix.custom.backup_disabled", "constructor", "__proto__", "toString"]) {
    refused(await alice.get(own(alice, type)), 404, "M_NOT_FOUND");
    refused(await alice.get(ownIn(alice, room, type)), 404, "M_NOT_FOUND");
  }
  for (const type of ["constructor", "__proto__"]) {
    ok(await alice.put(own(alice, type), { fine: type }));
    assert.equal(at(ok(await alice.get(own(alice, type))), "fine"), type);
  }
});

test("the types that the server keeps itself cannot be written by hand", async () => {
  const [alice] = await pair();
  const room = await makeRoomWith(alice, []);
  const id = await say(alice, room, "x");
  refused(await alice.put(ownIn(alice, room, "m.fully_read"), { event_id: id }), 405, "M_BAD_JSON");
  refused(await alice.put(own(alice, "m.push_rules"), { global: {} }), 405, "M_BAD_JSON");
});

test("content that is no object is refused", async () => {
  const [alice] = await pair();
  for (const body of [[], "text", 7, null, true] satisfies Json[])
    refused(await alice.put(own(alice, "org.example.t"), body), 400, ["M_BAD_JSON", "M_NOT_JSON"]);
  refused(await alice.request("PUT", own(alice, "org.example.t"), { rawBody: "{" }), 400, "M_NOT_JSON");
});

test("account data reaches the owner's devices by sync, each change once, and nobody else", async () => {
  const [alice, bob] = await pair();
  const second = await server.http().login(alice.name, alice.password);
  const room = await makeRoomWith(alice, [bob]);
  const [follower, stranger] = [await follow(second), await now(bob)];
  ok(await alice.put(own(alice, "org.example.t"), { n: 1 }));
  const seen = await follower.until("the global change", (answer) => globalOf(answer, "org.example.t"));
  assert.equal(at(seen, "content", "n"), 1);
  ok(await alice.put(ownIn(alice, room, "org.example.t"), { n: 2 }));
  const inRoom = await follower.until("the room's change", (answer) => roomDataOf(answer, room, "org.example.t"));
  assert.equal(at(inRoom, "content", "n"), 2);
  const after = await sync(second, { since: follower.since() });
  assert.equal(globalOf(after, "org.example.t"), undefined);
  assert.equal(roomDataOf(after, room, "org.example.t"), undefined);
  assert.doesNotMatch(JSON.stringify(await sync(bob, { since: stranger })), /org\.example\.t/);
  const initial = await sync(second);
  assert.equal(at(globalOf(initial, "org.example.t"), "content", "n"), 1);
  assert.equal(at(roomDataOf(initial, room, "org.example.t"), "content", "n"), 2);
});

test("several changes between two syncs come as the last one", async () => {
  const [alice] = await pair();
  const since = await now(alice);
  for (const n of [1, 2, 3]) ok(await alice.put(own(alice, "org.example.t"), { n }));
  const answer = await sync(alice, { since });
  const events = listAt(answer, "account_data", "events").filter((event) => at(event, "type") === "org.example.t");
  assert.deepEqual(
    events.map((event) => at(event, "content", "n")),
    [3],
  );
  assert.equal(globalOf(await sync(alice, { since: nextBatch(answer) }), "org.example.t"), undefined);
});

test("the push rules are served before anything was set, in both addresses, and as account data", async () => {
  const [alice] = await pair();
  const whole = ok(await alice.get("/pushrules/"));
  const global = ok(await alice.get("/pushrules/global/"));
  assert.deepEqual(JSON.stringify(recordAt(whole, "global")), JSON.stringify(global));
  const rules = new Set(
    ["override", "content", "room", "sender", "underride"].flatMap((kind) => listAt(global, kind).map((rule) => textAt(rule, "rule_id"))),
  );
  for (const id of [
    ".m.rule.master",
    ".m.rule.suppress_notices",
    ".m.rule.invite_for_me",
    ".m.rule.is_user_mention",
    ".m.rule.message",
    ".m.rule.encrypted",
  ])
    assert.ok(rules.has(id), id);
  assert.equal(at(listAt(global, "override")[0], "rule_id"), ".m.rule.master", "the master rule is first");
  assert.deepEqual(JSON.stringify(ok(await alice.get(own(alice, "m.push_rules")))), JSON.stringify(whole));
});

test("account data that is too large is refused, and so is an endless type", async () => {
  const [alice] = await pair();
  const answer = await alice.put(own(alice, "org.example.large"), { text: "x".repeat(2_000_000) });
  refused(answer, 413, "M_TOO_LARGE");
  const longType = await alice.put(own(alice, "x".repeat(5000)), {});
  assert.ok([400, 413, 414].includes(longType.status), longType.text);
});

test("room account data for something that is no room id is refused", async () => {
  const [alice] = await pair();
  refused(await alice.put(ownIn(alice, "not a room", "org.example.t"), {}), 400, "M_INVALID_PARAM");
});

test("presence can be told and asked for, by its owner only to be set", async () => {
  const [alice, bob] = await pair();
  const status = (who: Session) => route`/presence/${who.userId}/status`;
  ok(await alice.put(status(alice), { presence: "online", status_msg: "here" }));
  refused(await bob.put(status(alice), { presence: "offline" }), 403, "M_FORBIDDEN");
  assert.match(textAt(ok(await alice.get(status(alice))), "presence"), /^(online|offline|unavailable)$/);
  for (const body of [{}, { presence: "constructor" }, { presence: 7 }, { presence: "online", status_msg: 7 }])
    refused(await alice.put(status(alice), body), 400, ["M_BAD_JSON", "M_INVALID_PARAM", "M_MISSING_PARAM"]);
});

test("a stranger is not told the presence of people with whom they share no room", async () => {
  const [alice, bob] = await pair();
  ok(await alice.put(route`/presence/${alice.userId}/status`, { presence: "online", status_msg: "secret message" }));
  const answer = await bob.get(route`/presence/${alice.userId}/status`);
  assert.ok(answer.status === 403 || answer.status === 404 || answer.status === 200, answer.text);
  assert.doesNotMatch(answer.text, /secret message/);
});

test("the account data of a person has a bounded size in all, which is said when it is reached", async () => {
  const [alice, bob] = await pair();
  const text = "x".repeat(60_000);
  const statuses: number[] = [];
  for (let n = 0; n < 71; n += 1) statuses.push((await alice.put(own(alice, `org.example.n${n}`), { text })).status);
  assert.equal(statuses.indexOf(413), 69, "the seventieth of 60,000 bytes is beyond 4 MiB");
  const answer = await alice.put(own(alice, "org.example.more"), { text });
  refused(answer, 413, "M_TOO_LARGE");
  assert.match(answer.text, /4194304 bytes/);
  ok(await alice.put(own(alice, "org.example.n0"), { text: "" }));
  ok(await alice.put(own(alice, "org.example.more"), { text: "" }));
  ok(await bob.put(own(bob, "org.example.more"), { text }));
});
