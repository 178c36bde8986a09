import assert from "node:assert/strict";
import { test } from "node:test";
import { at, ok, recordAt, refused, type Session, textAt } from "@wardroom/testkit";
import {
  forbidden,
  getState,
  history,
  makeRoomWith,
  redact,
  say,
  send,
  setPower,
  setState,
  tryRedact,
  trySend,
  trySetState,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
/** Names that a plain JavaScript object answers to without having been given them. */
const treacherous = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "isPrototypeOf"];

async function three(): Promise<[Session, Session, Session]> {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  assert.ok(alice && bob && carol);
  return [alice, bob, carol];
}

const tryLevels = async (by: Session, room: string, change: Parameters<typeof setPower>[2]) =>
  trySetState(by, room, "m.room.power_levels", { ...recordAt(await getState(by, room, "m.room.power_levels")), ...change });

test("an ordinary member may write messages and no state", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  await say(bob, room, "hello");
  for (const [type, content] of Object.entries({
    "m.room.name": { name: "Bob's" },
    "m.room.topic": { topic: "Bob's" },
    "m.room.power_levels": { users: { [bob.userId]: 100 } },
    "m.room.join_rules": { join_rule: "invite" },
    "m.room.history_visibility": { history_visibility: "world_readable" },
    "m.room.tombstone": { body: "gone", replacement_room: room },
    "org.example.any": {},
  }))
    forbidden(await trySetState(bob, room, type, content));
});

test("a level for one type of message or state holds for that type and no other", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  await setPower(alice, room, { events: { "m.room.topic": 0, "m.reaction": 50, "org.example.loud": 10 } });
  await setState(bob, room, "m.room.topic", { topic: "by Bob" });
  forbidden(await trySetState(bob, room, "m.room.name", { name: "by Bob" }));
  forbidden(await trySend(bob, room, "m.reaction", {}));
  forbidden(await trySend(bob, room, "org.example.loud", {}));
  await setPower(alice, room, { events: { "org.example.loud": 10 }, users: { [bob.userId]: 10 } });
  await send(bob, room, "org.example.loud", {});
});

test("events_default silences those below it", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  await setPower(alice, room, { events_default: 1 });
  forbidden(await trySend(bob, room, "m.room.message", { msgtype: "m.text", body: "x" }));
  await setPower(alice, room, { users_default: 1 });
  await say(bob, room, "now");
});

for (const name of treacherous) {
  test(`a type of event named ${name} gives nobody a right that the levels do not give`, async () => {
    const [alice, bob] = await three();
    const room = await makeRoomWith(alice, [bob]);
    forbidden(await trySetState(bob, room, name, { stolen: true }));
    forbidden(await trySetState(bob, room, "org.example.any", {}, name));
    await send(bob, room, name, { body: "as a message it is like any other" });
    await setPower(alice, room, { events_default: 50 });
    forbidden(await trySend(bob, room, name, {}));
    await setState(alice, room, name, { by: "alice" }, name);
    assert.equal(at(await getState(bob, room, name, name), "by"), "alice");
  });
}

test("names of JavaScript properties as keys of the levels change nothing", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  const levels = JSON.stringify(recordAt(await getState(alice, room, "m.room.power_levels")));
  const poisoned = `{"__proto__": {"users_default": 100, "state_default": 0}, "constructor": {"prototype": {"users_default": 100}}, ${levels.slice(1)}`;
  const answer = await alice.request("PUT", `/rooms/${encodeURIComponent(room)}/state/m.room.power_levels/`, { rawBody: poisoned });
  assert.ok(answer.status === 200 || answer.status === 400 || answer.status === 403, answer.text);
  forbidden(await trySetState(bob, room, "m.room.name", { name: "stolen" }));
});

test("nobody gives more power than they have, nor takes power from an equal", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoomWith(alice, [bob, carol]);
  await setPower(alice, room, { users: { [bob.userId]: 50, [carol.userId]: 50 }, events: { "m.room.power_levels": 50 } });
  forbidden(await tryLevels(bob, room, { users: { [bob.userId]: 51, [carol.userId]: 50 } }));
  forbidden(await tryLevels(bob, room, { users: { [bob.userId]: 50, [carol.userId]: 49 } }));
  forbidden(await tryLevels(bob, room, { users: { [bob.userId]: 50 } }));
  forbidden(await tryLevels(bob, room, { events: { "m.room.power_levels": 50, "m.room.name": 51 } }));
  forbidden(await tryLevels(bob, room, { ban: 51 }));
  forbidden(await tryLevels(bob, room, { users_default: 51 }));
  const dave = await server.stranger();
  ok(await tryLevels(bob, room, { users: { [bob.userId]: 50, [carol.userId]: 50, [dave.userId]: 50 } }));
  ok(await tryLevels(bob, room, { users: { [bob.userId]: 49, [carol.userId]: 50, [dave.userId]: 50 } }));
  forbidden(await tryLevels(bob, room, { users: { [bob.userId]: 50, [carol.userId]: 50, [dave.userId]: 50 } }));
});

test("a level above one's own can neither be lowered nor removed, whatever it is for", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  await setPower(alice, room, {
    users: { [bob.userId]: 50 },
    events: { "m.room.power_levels": 50, "m.room.encryption": 100 },
    redact: 75,
    notifications: { room: 90 },
  });
  forbidden(await tryLevels(bob, room, { events: { "m.room.power_levels": 50 } }));
  forbidden(await tryLevels(bob, room, { events: { "m.room.power_levels": 50, "m.room.encryption": 50 } }));
  forbidden(await tryLevels(bob, room, { redact: 0 }));
  forbidden(await tryLevels(bob, room, { notifications: { room: 0 } }));
  const { redact: gone, ...without } = recordAt(await getState(bob, room, "m.room.power_levels"));
  assert.equal(gone, 75);
  forbidden(await trySetState(bob, room, "m.room.power_levels", without));
});

test("levels that are texts, fractions or beyond the safe integers are refused", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  for (const change of [
    { ban: "50" },
    { users: { [bob.userId]: "50" } },
    { events: { x: null } },
    { users: [] },
    { users: { bob: 50 } },
    { ban: [50] },
    { ban: true },
  ]) {
    const answer = await tryLevels(alice, room, change);
    assert.ok(answer.status === 400 || answer.status === 403, `${JSON.stringify(change)}: ${answer.text}`);
  }
  for (const raw of ['{"ban": 50.0}', '{"ban": 5e1}', '{"ban": 9007199254740992}', '{"ban": -0}', '{"ban": 50.5}']) {
    const answer = await alice.request("PUT", `/rooms/${encodeURIComponent(room)}/state/m.room.power_levels`, { rawBody: raw });
    refused(answer, 400, ["M_BAD_JSON", "M_NOT_JSON"]);
  }
});

test("in version 12 even a level of the greatest integer is below a creator", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  await setPower(alice, room, { users: { [bob.userId]: 2 ** 53 - 1 } });
  await setState(bob, room, "m.room.name", { name: "bob may" });
  await setPower(alice, room, { users: {} });
  forbidden(await trySetState(bob, room, "m.room.name", { name: "bob may no more" }));
});

test("everybody may redact their own events; those of others only with the power to", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoomWith(alice, [bob, carol]);
  const [hers, his] = [await say(alice, room, "hers"), await say(bob, room, "his")];
  forbidden(await tryRedact(bob, room, hers));
  forbidden(await tryRedact(carol, room, his));
  await redact(bob, room, his);
  await setPower(alice, room, { users: { [carol.userId]: 50 } });
  await redact(carol, room, hers);
  const left = (await history(alice, room)).filter((event) => at(event, "content", "body") !== undefined);
  assert.deepEqual(left, []);
});

test("a redaction by way of the send endpoint is held to the same rule", async () => {
  const [alice, bob] = await three();
  for (const version of ["10", "11", "12"]) {
    const room = await makeRoomWith(alice, [bob], { room_version: version });
    const hers = await say(alice, room, "hers");
    const answer = await trySend(bob, room, "m.room.redaction", { redacts: hers });
    if (answer.status === 200)
      assert.equal(at(await at200(alice, room, hers), "content", "body"), "hers", "allowed to be sent, but not applied");
    else forbidden(answer);
    const own = await say(bob, room, "his");
    await send(bob, room, "m.room.redaction", { redacts: own });
    assert.equal(at(await at200(alice, room, own), "content", "body"), undefined, `version ${version}`);
  }
});

const at200 = async (who: Session, room: string, event: string) =>
  ok(await who.get(`/rooms/${encodeURIComponent(room)}/event/${encodeURIComponent(event)}`));

test("whoever may not send redactions cannot redact even their own words", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  await setPower(alice, room, { events: { "m.room.redaction": 10 } });
  forbidden(await tryRedact(bob, room, await say(bob, room, "his")));
});

test("a redaction reaches into no other room", async () => {
  const [alice, bob] = await three();
  const [hers, his] = [await makeRoomWith(alice, [bob]), await makeRoomWith(bob, [])];
  const words = await say(alice, hers, "words");
  const answer = await tryRedact(bob, his, words);
  assert.notEqual(answer.status, 200, "the target is in another room");
  await trySend(bob, his, "m.room.redaction", { redacts: words });
  assert.equal(textAt(await at200(alice, hers, words), "content", "body"), "words");
});

test("a state key that begins with @ belongs to that person alone", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoomWith(alice, [bob, carol]);
  await setPower(alice, room, { events: { "org.example.own": 0 } });
  await setState(bob, room, "org.example.own", { mine: true }, bob.userId);
  forbidden(await trySetState(carol, room, "org.example.own", { mine: false }, bob.userId));
  forbidden(await trySetState(alice, room, "org.example.own", { mine: false }, bob.userId));
  assert.equal(at(await getState(alice, room, "org.example.own", bob.userId), "mine"), true);
});

test("nobody makes a second create event, and the first cannot be changed", async () => {
  const [alice] = await three();
  const room = await makeRoomWith(alice, []);
  for (const stateKey of ["", "x"]) {
    const answer = await trySetState(alice, room, "m.room.create", { room_version: "12" }, stateKey);
    assert.ok(answer.status === 403 || answer.status === 400, answer.text);
  }
  const message = await trySend(alice, room, "m.room.create", { room_version: "12" });
  assert.ok(message.status === 403 || message.status === 400, message.text);
});

test("a message of a state's type is no state: it changes nothing", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob], { name: "Right" });
  const levels = JSON.stringify(await getState(alice, room, "m.room.power_levels"));
  await trySend(bob, room, "m.room.name", { name: "Wrong" });
  await trySend(bob, room, "m.room.power_levels", { users: { [bob.userId]: 100 } });
  await trySend(bob, room, "m.room.join_rules", { join_rule: "invite" });
  assert.equal(at(await getState(bob, room, "m.room.name"), "name"), "Right");
  assert.equal(JSON.stringify(await getState(bob, room, "m.room.power_levels")), levels);
  assert.equal(at(await getState(bob, room, "m.room.join_rules"), "join_rule"), "public");
  const member = await trySend(bob, room, "m.room.member", { membership: "join" });
  assert.ok(member.status === 403 || member.status === 400, "a membership is always of somebody");
});

test("an invite is not got past the power to invite by claiming one from a third party", async () => {
  const [alice, bob] = await three();
  const dave = await server.stranger();
  const room = await makeRoomWith(alice, [bob]);
  await setPower(alice, room, { invite: 50 });
  const signed = { mxid: dave.userId, token: "token", signatures: { localhost: { "ed25519:0": "c2lnbmF0dXJl" } } };
  for (const claim of [{ display_name: "Dave", signed }, { signed: { ...signed, mxid: bob.userId } }, {}, "yes", null])
    assert.notEqual(
      (await trySetState(bob, room, "m.room.member", { membership: "invite", third_party_invite: claim }, dave.userId)).status,
      200,
    );
  forbidden(await trySetState(bob, room, "m.room.third_party_invite", { display_name: "Dave", public_key: "a2V5" }, "token"));
});
