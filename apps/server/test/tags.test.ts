import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, recordAt, refused, route, type Session } from "@wardroom/testkit";
import { leave, makeRoom, makeRoomWith } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { follow, roomIn, sync } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;
const pathOf = (who: Session, room: string) => route`/user/${who.userId}/rooms/${room}/tags`;
const tag = (by: Session, room: string, name: string, body: Json = {}, who = by) => by.put(pathOf(who, room) + route`/${name}`, body);
const untag = (by: Session, room: string, name: string) => by.request("DELETE", pathOf(by, room) + route`/${name}`);
const tagsOf = async (by: Session, room: string): Promise<Json> =>
  JSON.parse(JSON.stringify(at(ok(await by.get(pathOf(by, room))), "tags")));
const told = (answer: Json, room: string): Json | undefined => {
  const events = listAt(roomIn(answer, "join", room), "account_data", "events");
  const found = events.find((event) => at(event, "type") === "m.tag");
  return found === undefined ? undefined : at(found, "content", "tags");
};

test("tags are set, replaced and removed one by one, and told to the person's devices", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  assert.deepEqual(await tagsOf(alice, room), {});
  const follower = await follow(alice);
  ok(await tag(alice, room, "m.favourite", { order: 0.25, "org.example.more": [1] }));
  ok(await tag(alice, room, "u.船", {}));
  const wanted = { "m.favourite": { order: 0.25, "org.example.more": [1] }, "u.船": {} };
  assert.deepEqual(await tagsOf(alice, room), wanted);
  await follower.until("both tags", (answer) => JSON.stringify(told(answer, room) ?? {}).includes("u.船"));
  ok(await tag(alice, room, "m.favourite", { order: 1 }));
  ok(await untag(alice, room, "u.船"));
  assert.deepEqual(await tagsOf(alice, room), { "m.favourite": { order: 1 } });
  assert.deepEqual(JSON.parse(JSON.stringify(told(await sync(alice), room))), { "m.favourite": { order: 1 } });
  ok(await untag(alice, room, "u.never"));
  assert.deepEqual(await tagsOf(alice, room), { "m.favourite": { order: 1 } });
});

test("of tags that devices set at the same moment none is lost", async () => {
  const [alice] = await pair();
  const second = await server.http().login(alice.name, alice.password);
  const room = await makeRoom(alice);
  const names = Array.from({ length: 20 }, (_, index) => `u.${index}`);
  await Promise.all(names.map((name, index) => tag(index % 2 === 0 ? alice : second, room, name).then(ok)));
  assert.deepEqual(Object.keys(recordAt(await tagsOf(alice, room))).sort(), names.sort());
  await Promise.all(names.map((name) => untag(alice, room, name).then(ok)));
  assert.deepEqual(await tagsOf(alice, room), {});
});

test("nobody reads or writes another's tags, member of the same room or not", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  ok(await tag(alice, room, "u.secret"));
  refused(await tag(bob, room, "u.mine", {}, alice), 403, "M_FORBIDDEN");
  refused(await bob.get(pathOf(alice, room)), 403, "M_FORBIDDEN");
  refused(await bob.request("DELETE", pathOf(alice, room) + "/u.secret"), 403, "M_FORBIDDEN");
  assert.deepEqual(await tagsOf(alice, room), { "u.secret": {} });
  assert.doesNotMatch(JSON.stringify(await sync(bob)), /u\.secret/);
});

test("an order that is no number from 0 to 1 is refused, as is a body that is no object", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  for (const order of [-0.1, 1.1, "0.5", null, [], {}, 1e300]) refused(await tag(alice, room, "u.x", { order }), 400, "M_INVALID_PARAM");
  for (const order of [0, 1, 0.3333333333333333]) ok(await tag(alice, room, "u.x", { order }));
  assert.equal(at(await tagsOf(alice, room), "u.x", "order"), 0.3333333333333333);
});

test("a tag may be called like a property of every object; its name has at most 255 bytes", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  for (const name of ["constructor", "__proto__", "toString"]) ok(await tag(alice, room, name, { order: 0 }));
  assert.deepEqual(Object.keys(recordAt(await tagsOf(alice, room))).sort(), ["__proto__", "constructor", "toString"]);
  ok(await tag(alice, room, "x".repeat(255)));
  refused(await tag(alice, room, "船".repeat(86)), 400, "M_INVALID_PARAM");
});

test("a room has at most a hundred tags, and what they hold is bounded", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  for (let index = 0; index < 100; index += 1) ok(await tag(alice, room, `u.${index}`));
  refused(await tag(alice, room, "u.more"), 413, "M_TOO_LARGE");
  ok(await tag(alice, room, "u.7", { order: 0.7 }));
  refused(await tag(alice, room, "u.8", { words: "x".repeat(70_000) }), 413, "M_TOO_LARGE");
  assert.equal(Object.keys(recordAt(await tagsOf(alice, room))).length, 100);
});

test("tags that a client stored as account data of another shape count as none and are mended by the next one", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const path = route`/user/${alice.userId}/rooms/${room}/account_data/m.tag`;
  for (const content of [{}, { tags: 7 }, { tags: [] }, { tags: { a: 7, "u.ok": {} } }]) {
    ok(await alice.put(path, content));
    const before = recordAt(await tagsOf(alice, room));
    assert.ok(Object.values(before).every((value) => typeof value === "object"));
  }
  ok(await tag(alice, room, "u.b"));
  assert.deepEqual(await tagsOf(alice, room), { "u.ok": {}, "u.b": {} });
});

test("tags stay when the person leaves the room, and survive a restart", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  ok(await tag(bob, room, "m.lowpriority"));
  await leave(bob, room);
  await server.process().restart();
  assert.deepEqual(await tagsOf(bob, room), { "m.lowpriority": {} });
});
