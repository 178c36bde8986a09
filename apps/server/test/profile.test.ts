import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import { getState, history, join, leave, makeRoomWith, say } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { follow, timelineOf } from "./sync-steps.test-support.ts";

const server = useServer();
const path = (who: Session, key?: string) => (key === undefined ? route`/profile/${who.userId}` : route`/profile/${who.userId}/${key}`);
const set = (by: Session, whose: Session, key: string, value: Json) => by.put(path(whose, key), { [key]: value });

test("a name and an avatar are set, read alone and together, and taken back", async () => {
  const [alice, bob] = [await server.stranger(), await server.person("bob")];
  ok(await set(alice, alice, "displayname", "Alice A."));
  ok(await set(alice, alice, "avatar_url", "mxc://localhost/abc"));
  assert.deepEqual({ ...recordAt(ok(await bob.get(path(alice)))) }, { displayname: "Alice A.", avatar_url: "mxc://localhost/abc" });
  assert.deepEqual({ ...recordAt(ok(await bob.get(path(alice, "displayname")))) }, { displayname: "Alice A." });
  ok(await alice.request("DELETE", path(alice, "avatar_url")));
  assert.equal(at(ok(await bob.get(path(alice))), "avatar_url"), undefined);
  refused(await bob.get(path(alice, "avatar_url")), 404, "M_NOT_FOUND");
  ok(await alice.request("DELETE", path(alice, "avatar_url")));
});

test("nobody changes or deletes another person's profile", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  assert.ok(alice && bob);
  ok(await set(alice, alice, "displayname", "Mine"));
  refused(await set(bob, alice, "displayname", "Stolen"), 403, "M_FORBIDDEN");
  refused(await bob.request("DELETE", path(alice, "displayname")), 403, "M_FORBIDDEN");
  assert.equal(at(ok(await bob.get(path(alice, "displayname"))), "displayname"), "Mine");
});

test("people who do not exist have no profile, whatever JavaScript keeps under their name", async () => {
  const bob = await server.person("bob");
  for (const user of ["@nobody:localhost", "@constructor:localhost", "@__proto__:localhost", "@someone:elsewhere.example"]) {
    const answer = await bob.get(route`/profile/${user}`);
    assert.ok(answer.status === 404 || answer.status === 403, answer.text);
  }
});

test("further fields are kept as they are, and unset ones are not found", async () => {
  const [alice, bob] = [await server.stranger(), await server.person("bob")];
  ok(await set(alice, alice, "m.tz", "Europe/Berlin"));
  ok(await set(alice, alice, "org.example.fields", { list: [1, { a: null }], ok: true }));
  const field = at(ok(await bob.get(path(alice, "org.example.fields"))), "org.example.fields");
  assert.deepEqual(JSON.parse(JSON.stringify(field)), { list: [1, { a: null }], ok: true });
  assert.equal(at(ok(await bob.get(path(alice))), "m.tz"), "Europe/Berlin");
  refused(await bob.get(path(alice, "org.example.unset")), 404, "M_NOT_FOUND");
});

test("names of JavaScript properties are no profile fields, neither to read nor to write", async () => {
  const alice = await server.person("alice");
  for (const key of ["constructor", "__proto__", "toString"]) {
    const read = await alice.get(path(alice, key));
    assert.ok(read.status === 404 || read.status === 400, read.text);
    const written = await alice.request("PUT", path(alice, key), { rawBody: `{"${key}": "x"}` });
    refused(written, 400, ["M_INVALID_PARAM", "M_BAD_JSON", "M_MISSING_PARAM"]);
  }
});

test("a value of a wrong shape, a missing one and one that is too large are refused", async () => {
  const alice = await server.person("alice");
  for (const [key, body] of [
    ["displayname", { displayname: 7 }],
    ["displayname", { name: "x" }],
    ["displayname", {}],
    ["avatar_url", { avatar_url: {} }],
    ["Not A Key", { "Not A Key": 1 }],
  ] as const) {
    const answer = await alice.put(path(alice, key), body);
    assert.equal(answer.status, 400, `${key}: ${answer.text}`);
  }
  const large = await set(alice, alice, "org.example.large", "x".repeat(70_000));
  assert.ok(large.status === 400 || large.status === 413, large.text);
  const longKey = await set(alice, alice, `org.${"x".repeat(300)}`, 1);
  assert.equal(longKey.status, 400, longKey.text);
});

test("the whole profile stays under 64 KiB, however it is cut into fields", async () => {
  const alice = await server.stranger();
  let refusals = 0;
  for (let index = 0; index < 6; index += 1) {
    const answer = await set(alice, alice, `org.example.part${index}`, "x".repeat(15_000));
    if (answer.status !== 200) {
      assert.ok(answer.status === 400 || answer.status === 413, answer.text);
      refusals += 1;
    }
  }
  assert.ok(refusals >= 2, "six parts of 15,000 are more than 64 KiB");
  assert.ok(ok(await alice.get(path(alice))) !== undefined);
});

test("a new name reaches every room that the person is in, as an event of theirs, and no room that they left", async () => {
  const [alice, bob] = [await server.stranger(), await server.person("bob")];
  const [room, other, left] = [await makeRoomWith(bob, [alice]), await makeRoomWith(bob, [alice]), await makeRoomWith(bob, [alice])];
  await leave(alice, left);
  const follower = await follow(bob);
  ok(await set(alice, alice, "displayname", "Renamed"));
  await follower.until("the new name", (answer) =>
    timelineOf(answer, room).find((event) => at(event, "content", "displayname") === "Renamed" && at(event, "state_key") === alice.userId),
  );
  for (const here of [room, other]) {
    const member = recordAt(await getState(bob, here, "m.room.member", alice.userId));
    assert.equal(member["displayname"], "Renamed");
    assert.equal(member["membership"], "join");
  }
  assert.notEqual(at(await getState(bob, left, "m.room.member", alice.userId), "displayname"), "Renamed");
  assert.equal(at(await getState(bob, left, "m.room.member", alice.userId), "membership"), "leave");
});

test("a member who was banned does not get back in by changing their name", async () => {
  const [alice, bob] = [await server.stranger(), await server.person("bob")];
  const room = await makeRoomWith(bob, [alice]);
  ok(await bob.post(route`/rooms/${room}/ban`, { user_id: alice.userId }));
  ok(await set(alice, alice, "displayname", "Sneaky"));
  assert.equal(textAt(await getState(bob, room, "m.room.member", alice.userId), "membership"), "ban");
});

test("setting the name that one has already writes nothing into the rooms", async () => {
  const alice = await server.stranger();
  ok(await set(alice, alice, "displayname", "Same"));
  const room = await makeRoomWith(alice, []);
  const before = (await history(alice, room)).length;
  ok(await set(alice, alice, "displayname", "Same"));
  assert.equal((await history(alice, room)).length, before);
});

test("a name given in one room only stays when others are joined", async () => {
  const [alice, bob] = [await server.stranger(), await server.person("bob")];
  ok(await set(alice, alice, "displayname", "Global"));
  const room = await makeRoomWith(bob, [alice]);
  ok(await alice.put(route`/rooms/${room}/state/m.room.member/${alice.userId}`, { membership: "join", displayname: "Local" }));
  const second = await makeRoomWith(bob, []);
  await join(alice, second);
  await say(alice, second, "hello");
  assert.equal(at(await getState(bob, room, "m.room.member", alice.userId), "displayname"), "Local");
  assert.equal(at(await getState(bob, second, "m.room.member", alice.userId), "displayname"), "Global");
});
