// What v1.4 to v1.7 of the specification brought that a client can see.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, type JsonRecord, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import { publicRooms, resolve, roomIds } from "./directory-steps.test-support.ts";
import { download, fill, reserve, upload } from "./media-steps.test-support.ts";
import { bundle, edit, refer, relating, reply, threads, tryContext, tryReact, react } from "./relation-steps.test-support.ts";
import { act, getEvent, getState, makeRoom, makeRoomWith, say, sayAll, send, trySend, trySetState } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { roomIn, stateOf, sync, timelineOf } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;
const ask = (method: string, path: string, options = {}) => server.http().request(method, path, options);

const overrideRule = async (by: Session, name: string) => ok(await by.get(route`/pushrules/global/override/${`.m.rule.${name}`}`));
const counts = (answer: Json | undefined) => [at(answer ?? null, "notification_count"), at(answer ?? null, "highlight_count")];
const countsOf = async (who: Session, room: string) => counts(at(roomIn(await sync(who), "join", room) ?? null, "unread_notifications"));
const receipt = (by: Session, room: string, type: string, eventId: string, body: JsonRecord = {}) =>
  by.post(route`/rooms/${room}/receipt/${type}/${eventId}`, body);
const accountDataOf = (answer: Json, room: string, type: string): Json | undefined =>
  at(listAt(roomIn(answer, "join", room), "account_data", "events").find((event) => at(event, "type") === type) ?? null, "content");
/** All receipts of the room: those of each thread come in an event of their own. */
const receiptsOf = (answer: Json, room: string, eventId: string, type: string, who: Session): readonly Json[] =>
  listAt(roomIn(answer, "join", room), "ephemeral", "events").flatMap((event) => {
    const found = at(event, "type") === "m.receipt" ? at(event, "content", eventId, type, who.userId) : undefined;
    return found === undefined ? [] : [found];
  });

test("v1.4: changes of the server list of a room notify nobody", async () => {
  const [alice, bob] = await pair();
  const rule = await overrideRule(alice, "room.server_acl");
  assert.deepEqual(at(rule, "actions"), []);
  const room = await makeRoomWith(alice, [bob]);
  ok(await trySetState(alice, room, "m.room.server_acl", { allow: ["*"], deny: [] }));
  assert.deepEqual(await countsOf(bob, room), [0, 0]);
});

test("v1.4: files may be shown by pages of other origins", async () => {
  const alice = await server.stranger();
  const { headers } = await download(alice, await upload(alice, "text"));
  assert.equal(headers.get("cross-origin-resource-policy"), "cross-origin");
});

test("v1.4: an upgrade takes the type of the room along", async () => {
  const alice = await server.stranger();
  const space = await makeRoom(alice, { creation_content: { type: "m.space" } });
  const next = textAt(ok(await alice.post(route`/rooms/${space}/upgrade`, { new_version: "12" })), "replacement_room");
  assert.equal(at(await getState(alice, next, "m.room.create"), "type"), "m.space");
});

test("v1.4: the room directory is filtered by type, and tells it", async () => {
  const alice = await server.stranger();
  const space = await makeRoom(alice, { visibility: "public", creation_content: { type: "m.space" } });
  const room = await makeRoom(alice, { visibility: "public" });
  const spaces = await publicRooms(alice, { filter: { room_types: ["m.space"] } });
  assert.deepEqual(roomIds(spaces), [space]);
  assert.equal(at(listAt(spaces, "chunk")[0] ?? null, "room_type"), "m.space");
  assert.deepEqual(roomIds(await publicRooms(alice, { filter: { room_types: [null] } })), [room], "v1.8: null stands for none");
});

test("v1.4: a private receipt counts for its owner and is told to nobody else", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const event = await say(alice, room, "one");
  assert.deepEqual(await countsOf(bob, room), [1, 0]);
  ok(await receipt(bob, room, "m.read.private", event));
  assert.deepEqual(await countsOf(bob, room), [0, 0]);
  const seenBy = async (who: Session) => receiptsOf(await sync(who), room, event, "m.read.private", bob).length;
  assert.deepEqual([await seenBy(bob), await seenBy(alice)], [1, 0]);
});

test("v1.4: read markers need no fully-read marker, and that one is set by a receipt too", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const [one = "", two = ""] = await sayAll(alice, room, "one", "two");
  ok(await bob.post(route`/rooms/${room}/read_markers`, { "m.read": two }));
  const before = await sync(bob);
  assert.equal(receiptsOf(before, room, two, "m.read", bob).length, 1);
  assert.equal(accountDataOf(before, room, "m.fully_read"), undefined);
  ok(await receipt(bob, room, "m.fully_read", one));
  assert.equal(at(accountDataOf(await sync(bob), room, "m.fully_read") ?? null, "event_id"), one);
});

test("v1.4: threads are listed and summed up with their root", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const last = await reply(bob, room, root);
  const [found] = await threads(alice, room);
  assert.equal(textAt(found, "event_id"), root);
  const thread = recordAt(found, "unsigned", "m.relations", "m.thread");
  assert.deepEqual([thread["count"], thread["current_user_participated"], at(thread, "latest_event", "event_id")], [1, true, last]);
});

test("v1.4: who asks for it is told the unread of each thread apart, and reads each with receipts of its own", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const child = await reply(alice, room, root);
  const filter = { room: { timeline: { unread_thread_notifications: true } } };
  const unread = async () => {
    const section = roomIn(await sync(bob, { filter }), "join", room) ?? null;
    return { main: counts(at(section, "unread_notifications")), thread: counts(at(section, "unread_thread_notifications", root)) };
  };
  assert.deepEqual(await unread(), { main: [1, 0], thread: [1, 0] });
  ok(await receipt(bob, room, "m.read", root, { thread_id: "main" }));
  assert.deepEqual((await unread()).main, [0, 0]);
  assert.deepEqual((await unread()).thread, [1, 0]);
  ok(await receipt(bob, room, "m.read", child, { thread_id: root }));
  assert.deepEqual((await unread()).thread, [undefined, undefined]);
  const [mark] = receiptsOf(await sync(bob), room, child, "m.read", bob);
  assert.equal(at(mark ?? null, "thread_id"), root);
});

test("v1.4: who is invited already is invited again without harm", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { invite: [bob.userId] });
  await act(alice, "invite", room, bob);
});

test("v1.4: account data that was never set is not found, and a room inherits none", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const path = route`/user/${alice.userId}/account_data/org.example`;
  refused(await alice.get(path), 404, "M_NOT_FOUND");
  ok(await alice.put(path, { of: "the account" }));
  refused(await alice.get(route`/user/${alice.userId}/rooms/${room}/account_data/org.example`), 404, "M_NOT_FOUND");
});

test("v1.5: references are listed with the event that they name", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const event = await say(alice, room, "poll");
  const vote = await refer(alice, room, event);
  const found = listAt((await bundle(alice, room, event))["m.reference"] ?? null, "chunk");
  assert.deepEqual(
    found.map((child) => textAt(child, "event_id")),
    [vote],
  );
});

test("v1.5: what is no room alias is a wrong parameter", async () => {
  const alice = await server.stranger();
  refused(await resolve(alice, "nonsense"), 400, "M_INVALID_PARAM");
});

test("v1.5: sync counts one-time keys under their name, also when there are none", async () => {
  const alice = await server.stranger();
  assert.equal(at(await sync(alice), "device_one_time_keys_count", "signed_curve25519"), 0);
});

test("v1.5: rules play sounds by a tweak, and the master rule comes before one's own", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  ok(await bob.put("/pushrules/global/override/loud", { conditions: [], actions: ["notify", { set_tweak: "sound", value: "default" }] }));
  await say(alice, room, "hello");
  assert.deepEqual(await countsOf(bob, room), [1, 0]);
  ok(await bob.put("/pushrules/global/override/.m.rule.master/enabled", { enabled: true }));
  assert.deepEqual(await countsOf(bob, room), [0, 0]);
});

test("v1.6: an unknown endpoint is 404 and an unknown method of a known one 405, both M_UNRECOGNIZED", async () => {
  const answers = await Promise.all(
    [
      ["GET", "/_matrix/client/v3/nothing"],
      ["GET", "/_matrix/nothing"],
      ["PATCH", "/_matrix/client/versions"],
    ].map(async ([method = "", path = ""]) => {
      const answer = await fetch(server.http().url + path, { method });
      // JSON is what every refusal is.
      return [answer.status, at((await answer.json()) as Json, "errcode")];
    }),
  );
  assert.deepEqual(answers, [
    [404, "M_UNRECOGNIZED"],
    [404, "M_UNRECOGNIZED"],
    [405, "M_UNRECOGNIZED"],
  ]);
});

test("v1.6: the event at a time is found in both directions", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const event = await say(alice, room, "one");
  const ts = JSON.stringify(at(await getEvent(alice, room, event), "origin_server_ts"));
  const find = async (dir: string) =>
    at(ok(await alice.get(route`/_matrix/client/v1/rooms/${room}/timestamp_to_event`, { ts, dir })), "event_id");
  assert.equal(await find("b"), event);
  refused(await alice.get(route`/_matrix/client/v1/rooms/${room}/timestamp_to_event`, { ts: "1", dir: "b" }), 404, "M_NOT_FOUND");
});

test("v1.6: a context of no events still has the event itself", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const event = await say(alice, room, "one");
  const found = ok(await tryContext(alice, room, event, { limit: "0" }));
  assert.equal(at(found, "event", "event_id"), event);
  assert.deepEqual([...listAt(found, "events_before"), ...listAt(found, "events_after")], []);
});

test("v1.6: a pusher is deleted by its name alone", async () => {
  const alice = await server.stranger();
  const name = { app_id: "org.example", pushkey: "key" };
  const texts = { app_display_name: "App", device_display_name: "Phone", lang: "en" };
  const pushers = async () => listAt(ok(await alice.get("/pushers")), "pushers").length;
  ok(
    await alice.post("/pushers/set", { ...name, ...texts, kind: "http", data: { url: "https://push.example.org/_matrix/push/v1/notify" } }),
  );
  assert.equal(await pushers(), 1);
  ok(await alice.post("/pushers/set", { ...name, kind: null }));
  assert.equal(await pushers(), 0);
});

test("v1.6: power levels are whole numbers that JSON carries exactly", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  for (const events_default of [0.5, "50", 2 ** 53]) {
    const { status } = await trySetState(alice, room, "m.room.power_levels", { events_default });
    assert.ok(status === 400 || status === 403, `${events_default}: ${status}`);
  }
  ok(await trySetState(alice, room, "m.room.power_levels", { events_default: 2 ** 53 - 1 }));
});

test("v1.6: an invitation shows what the room is called and who may come in", async () => {
  const [alice, bob] = await pair();
  await makeRoom(alice, { name: "Bridge", topic: "course", invite: [bob.userId] });
  const [section] = Object.values(recordAt(await sync(bob), "rooms", "invite"));
  const types = new Set(listAt(section ?? null, "invite_state", "events").map((event) => textAt(event, "type")));
  for (const type of ["m.room.create", "m.room.name", "m.room.topic", "m.room.join_rules", "m.room.member"])
    assert.ok(types.has(type), type);
});

test("v1.7: a place for a file is made first and filled later, once", async () => {
  const alice = await server.stranger();
  const uri = await reserve(alice);
  const early = await alice.get(uri.replace("mxc://", "/_matrix/client/v1/media/download/"), { timeout_ms: "0" });
  refused(early, 504, "M_NOT_YET_UPLOADED");
  ok(await fill(alice, uri, "text"));
  assert.equal((await download(alice, uri)).text, "text");
  refused(await fill(alice, uri, "other"), 409, "M_CANNOT_OVERWRITE_MEDIA");
});

test("v1.7: who allows to be sent elsewhere for a file gets it here all the same", async () => {
  const alice = await server.stranger();
  const uri = await upload(alice, "text");
  const answer = await alice.get(uri.replace("mxc://", "/_matrix/client/v1/media/download/"), { allow_redirect: "true" });
  assert.equal(answer.status, 200);
});

test("v1.7: an edit comes whole with its event, whose content stays", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const event = await say(alice, room, "first");
  const edited = await edit(alice, room, event, "second");
  const found = await getEvent(alice, room, event);
  assert.equal(at(found, "content", "body"), "first");
  const replacement = recordAt(found, "unsigned", "m.relations", "m.replace");
  assert.equal(replacement["event_id"], edited);
  assert.equal(at(replacement, "content", "m.new_content", "body"), "second");
});

test("v1.7: rules look at properties of any kind, whose names may hold dots", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const highlight = ["notify", { set_tweak: "highlight" }];
  const rule = (name: string, kind: string, key: string, value: Json) =>
    bob.put(route`/pushrules/global/override/${name}`, { conditions: [{ kind, key, value }], actions: highlight });
  ok(await rule("is", "event_property_is", "content.org\\.example.urgent", true));
  ok(await rule("contains", "event_property_contains", "content.for", "bob"));
  await send(alice, room, "org.example.note", { "org.example": { urgent: true } });
  await send(alice, room, "org.example.note", { "org.example": { urgent: "true" }, for: "bob" });
  await send(alice, room, "org.example.note", { for: ["carol", "bob"] });
  assert.deepEqual(await countsOf(bob, room), [2, 2]);
});

test("v1.7: the same reaction twice is refused, and one notifies nobody", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const event = await say(bob, room, "one");
  await react(alice, room, event, "👍");
  refused(await tryReact(alice, room, event, "👍"), 400, "M_DUPLICATE_ANNOTATION");
  assert.deepEqual(await countsOf(bob, room), [0, 0]);
});

test("v1.7: a mention highlights for those whom it names, and for all only from those who may", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol]);
  const mention = (by: Session, mentions: JsonRecord) =>
    send(by, room, "m.room.message", { msgtype: "m.text", body: "all", "m.mentions": mentions });
  await mention(alice, { user_ids: [bob.userId] });
  assert.deepEqual(
    [await countsOf(bob, room), await countsOf(carol, room)],
    [
      [1, 1],
      [1, 0],
    ],
  );
  await mention(bob, { room: true });
  assert.deepEqual(await countsOf(carol, room), [2, 0], "bob may not call everybody");
  await mention(alice, { room: true });
  assert.deepEqual(await countsOf(carol, room), [3, 1]);
});

test("v1.7: a transaction id belongs to its device: after a new sign-in it still names the same event", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const content = { msgtype: "m.text", body: "once" };
  const first = await send(alice, room, "m.room.message", content, "retry");
  const again = await server.http().login(alice.name, alice.password, alice.deviceId);
  assert.equal(textAt(ok(await trySend(again, room, "m.room.message", content, "retry")), "event_id"), first);
  const other = await server.http().login(alice.name, alice.password);
  assert.notEqual(textAt(ok(await trySend(other, room, "m.room.message", content, "retry")), "event_id"), first);
});

test("v1.7: actions that were taken out are passed over (v1.12: never refused), and a filter without a limit has one", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  ok(await bob.put("/pushrules/global/override/old", { conditions: [], actions: ["dont_notify", "coalesce"] }));
  await sayAll(alice, room, ...Array.from({ length: 30 }, (_, index) => `message ${index}`));
  assert.deepEqual(await countsOf(bob, room), [0, 0]);
  const answer = await sync(bob, { filter: {} });
  assert.ok(timelineOf(answer, room).length < 30);
  assert.equal(at(roomIn(answer, "join", room) ?? null, "timeline", "limited"), true);
  assert.ok(stateOf(answer, room).length > 0);
});

test("v1.7: no session signs another one in: the capability says so, and the endpoint is not there", async () => {
  const alice = await server.stranger();
  assert.equal(at(ok(await alice.get("/capabilities")), "capabilities", "m.get_login_token", "enabled"), false);
  refused(await alice.post("/_matrix/client/v1/login/get_token"), 404, "M_UNRECOGNIZED");
  const flows = listAt(ok(await ask("GET", "/login")), "flows");
  assert.ok(!flows.some((flow) => at(flow, "get_login_token") === true));
});

test("v1.7: words that relate to an event of a thread may stand in it without a reply", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const root = await say(alice, room, "root");
  await send(alice, room, "m.room.message", relating("m.thread", root, { msgtype: "m.text", body: "no fallback" }));
  assert.equal(at((await bundle(alice, room, root))["m.thread"] ?? null, "count"), 1);
});
