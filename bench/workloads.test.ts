import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { deliverToSyncers } from "./deliver-to-syncers.ts";
import { joinCrowd } from "./join-crowd.ts";
import { logIn, register, withApi } from "./matrix-api.ts";
import type { Measurement, Timing } from "./run-result.ts";
import { sendToOneRoom } from "./send-one-room.ts";
import { type Misdeed, startStubServer, type StubSettings } from "./stub-server.test-support.ts";
import { parseTarget } from "./target.ts";

const timing: Timing = { warmUpSeconds: 0.05, seconds: 0.2, payload: "S" };

async function prepare(context: TestContext, settings: StubSettings, members: number) {
  const stub = await startStubServer(settings);
  context.after(() => stub.close());
  const target = parseTarget(`stub=${stub.url}`, false);
  const tokens = await withApi(target, async (api) => {
    const all: string[] = [];
    for (let member = 0; member < members; member += 1)
      all.push(await register(api, `member${member}`, "password", settings.registrationToken));
    return all;
  });
  return { stub, stage: { target, pids: [process.pid], tokens } };
}

const kinds = ({ faults }: Measurement): string[] => faults.map(({ kind }) => kind).sort();

test("W1b counts the sends of its window and finds every acknowledged message", async (context) => {
  const { stub, stage } = await prepare(context, {}, 3);
  const { sends, latency, cost, faults } = await sendToOneRoom(stage, 4, timing);
  assert.deepEqual(faults, []);
  const messages = [...stub.rooms.values()].flat().filter(({ type }) => type === "m.room.message");
  assert.ok(sends > 0 && sends < messages.length, "the warm-up is sent and not counted");
  assert.equal(latency.count, sends);
  assert.ok(latency.p50 > 0 && latency.p50 <= latency.p99);
  assert.ok(cost.seconds > 0.15 && cost.clientMicros > 0 && cost.serverMicros !== undefined, JSON.stringify(cost));
  assert.deepEqual(new Set(messages.map(({ sender }) => sender)), new Set(stage.tokens), "the connections are spread over the members");
});

test("W1b reads chunked answers and goes on over a new connection where the server closes each", async (context) => {
  const { stage } = await prepare(context, { awkward: true }, 2);
  const measurement = await sendToOneRoom(stage, 2, timing);
  assert.deepEqual([measurement.faults, measurement.sends > 0], [[], true]);
});

const storeMisdeeds: [Misdeed, string[]][] = [
  ["lose", ["lost"]],
  ["duplicate", ["duplicated"]],
  ["reorder", ["out of order"]],
  ["store-twice", ["never acknowledged", "stored under two ids"]],
  ["alter", ["altered"]],
];

for (const [misdeed, expected] of storeMisdeeds) {
  test(`W1b sees a server that does this to one message in seven: ${misdeed}`, async (context) => {
    const { stage } = await prepare(context, { misdeed }, 2);
    const measurement = await sendToOneRoom(stage, 1, timing);
    // Further faults may follow from the first; the one that was committed must be named.
    for (const kind of expected) assert.ok(kinds(measurement).includes(kind), `${kind} is missing in ${kinds(measurement).join()}`);
  });
}

test("W1b gives no figure of a server that limits the rate, and says why", async (context) => {
  const { stage } = await prepare(context, { misdeed: "limit-sends" }, 2);
  await assert.rejects(sendToOneRoom(stage, 2, timing), /429 M_LIMIT_EXCEEDED; lift the server's rate limits/);
});

test("W3a measures every delivery of its window to every syncer from the time the send was due", async (context) => {
  const { stage } = await prepare(context, {}, 4);
  const measurement = await deliverToSyncers(stage, 100, timing);
  assert.deepEqual(measurement.faults, []);
  assert.deepEqual([measurement.sends, measurement.deliveries], [20, 60]);
  assert.ok(measurement.latency.p50 > 0 && measurement.clockLatenessMs !== undefined);
});

test("W3a counts a server's pause against every message that was due in it", async (context) => {
  const { stage } = await prepare(context, { pause: { afterSends: 10, milliseconds: 150 } }, 3);
  const { latency, faults } = await deliverToSyncers(stage, 100, timing);
  assert.deepEqual(faults, []);
  assert.ok(latency.max >= 140, `max ${latency.max}`);
  // A client that waits for its answers would have sent one message into the pause, not fourteen.
  assert.ok(latency.p50 >= 20, `p50 ${latency.p50}`);
});

test("W3c times each message once: when the last of its syncers has it", async (context) => {
  const { stage } = await prepare(context, { pause: { afterSends: 10, milliseconds: 150 } }, 4);
  const each = { sends: 20, deliveries: 60 };
  const { latency, sends, deliveries, faults } = await deliverToSyncers(stage, 100, timing, { counts: "last" });
  assert.deepEqual([faults, { sends, deliveries }, latency.count], [[], each, 20]);
  assert.ok(latency.max >= 140, `max ${latency.max}`);
});

test("W8 times the joins one after another and at once, and what the syncs after them weigh", async (context) => {
  const { stub, stage } = await prepare(context, {}, 45);
  const { sends, latency, faults, extra } = await joinCrowd(stage);
  assert.deepEqual([sends, latency.count, faults], [40, 20, []]);
  assert.ok((extra?.["syncKilobytes"] ?? 0) > 1 && (extra?.["atOnceP99"] ?? 0) > 0, JSON.stringify(extra));
  const joins = [...stub.rooms.values()].flat().filter(({ type }) => type === "m.room.member");
  assert.equal(joins.length, 44, "everybody but the maker of the room joined it once");
});

test("W8 gives no figure of a server that forgets members", async (context) => {
  const { stage } = await prepare(context, { misdeed: "forget-member" }, 45);
  await assert.rejects(joinCrowd(stage), /tells of 44 members, not of 45/);
});

const deliveryMisdeeds: [Misdeed, string][] = [
  ["lose-delivery", "not delivered"],
  ["duplicate-delivery", "delivered twice"],
  ["reorder-delivery", "delivered out of order"],
  ["lose", "lost"],
];

for (const [misdeed, expected] of deliveryMisdeeds) {
  test(`W3a sees a server that does this: ${misdeed}`, async (context) => {
    const { stage } = await prepare(context, { misdeed }, 3);
    const measurement = await deliverToSyncers(stage, 200, timing, { drainMs: 300 });
    assert.ok(kinds(measurement).includes(expected), kinds(measurement).join());
  });
}

test("W3a gives no figure when a syncer is left behind by a gap in the timeline", async (context) => {
  const { stage } = await prepare(context, { misdeed: "gap" }, 2);
  await assert.rejects(deliverToSyncers(stage, 100, timing), /fell more than 100 events behind/);
});

test("accounts are registered with a registration token where the server wants one, and refused without", async (context) => {
  const { stage } = await prepare(context, { registrationToken: "secret" }, 1);
  assert.deepEqual(stage.tokens, ["token-member0"]);
  const registerWithout = withApi(stage.target, (api) => register(api, "ann", "password"));
  await assert.rejects(registerWithout, /--registration-token-file/);
});

test("given accounts sign in by password where registration is closed, and no error repeats the password", async (context) => {
  const stub = await startStubServer({ accounts: new Map([["ann", "right"]]) });
  context.after(() => stub.close());
  const target = parseTarget(`stub=${stub.url}`, false);
  assert.equal(await withApi(target, (api) => logIn(api, "ann", "right")), "token-ann");
  await assert.rejects(
    withApi(target, (api) => logIn(api, "ann", "wr0ng")),
    (error: Error) => !error.message.includes("wr0ng"),
  );
  await assert.rejects(
    withApi(target, (api) => register(api, "ben", "pass")),
    /--accounts/,
  );
});
