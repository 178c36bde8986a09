// One person's devices: what one of them does leaves the others as they were.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import { newDeviceKeys } from "../src/e2ee/client-keys.test-support.ts";
import { examples } from "./endpoint-examples.test-support.ts";
import { beforeExample, buildScene } from "./examples/build-scene.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { sync } from "./sync-steps.test-support.ts";

const server = useServer(undefined, { WARDROOM_SUPPORT_ADMIN: "admin@example.org" });

/** What belongs to a device: its name, keys, messages, pushers and the count of its one-time keys. */
async function belongings(laptop: Session): Promise<Json> {
  const answer = await sync(laptop, { filter: { room: { timeline: { limit: 1 } } } });
  const device = recordAt(ok(await laptop.get(route`/devices/${laptop.deviceId}`)));
  const keys = ok(await laptop.post("/keys/query", { device_keys: { [laptop.userId]: [laptop.deviceId] } }));
  return {
    who: ok(await laptop.get("/account/whoami")),
    name: device["display_name"] ?? null,
    keys: at(keys, "device_keys", laptop.userId, laptop.deviceId) ?? null,
    messages: at(answer, "to_device") ?? null,
    counts: at(answer, "device_one_time_keys_count") ?? null,
    fallback: at(answer, "device_unused_fallback_key_types") ?? null,
  };
}

async function laptopAndPhone(name: string): Promise<[Session, Session]> {
  const laptop = await server.person(name);
  const device = newDeviceKeys(laptop);
  const upload = { device_keys: device.deviceKeys, one_time_keys: device.oneTimeKeys("A", "B"), fallback_keys: device.fallbackKey("F") };
  ok(await laptop.post("/keys/upload", upload));
  ok(
    await laptop.put("/sendToDevice/org.example/1", { messages: { [laptop.userId]: { [laptop.deviceId]: { secret: "for the laptop" } } } }),
  );
  return [laptop, await server.http().login(laptop.name, laptop.password)];
}

test("every endpoint, used from another device of the same person, leaves this device as it was", async () => {
  const [laptop, phone] = await laptopAndPhone("me");
  const scene = await buildScene(server, phone);
  const before = await belongings(laptop);
  for (const [name, example] of Object.entries(examples)) {
    await beforeExample(name, scene);
    const { status, asked, text } = await example(scene);
    assert.equal(status, 200, `${name}: ${asked} ${text.slice(0, 200)}`);
    assert.deepEqual(await belongings(laptop), before, name);
  }
});

test("another device of the same person can neither read this one's messages, nor upload keys in its name, nor answer its challenges", async () => {
  const [laptop, phone] = await laptopAndPhone("two");
  const before = await belongings(laptop);
  assert.ok(!JSON.stringify(await sync(phone)).includes("for the laptop"));
  refused(await phone.post("/keys/upload", { device_keys: newDeviceKeys(laptop).deviceKeys }), 400, ["M_BAD_JSON", "M_INVALID_PARAM"]);
  ok(await phone.post("/keys/upload", { one_time_keys: newDeviceKeys(phone).oneTimeKeys("A") }));
  const challenge = await laptop.request("DELETE", route`/devices/${laptop.deviceId}`, { body: {} });
  const identifier = { type: "m.id.user", user: laptop.name };
  const auth = { type: "m.login.password", identifier, password: laptop.password, session: textAt(challenge.json, "session") };
  const stolen = await phone.request("DELETE", route`/devices/${laptop.deviceId}`, { body: { auth } });
  assert.notEqual(stolen.status, 200, stolen.text);
  assert.deepEqual(await belongings(laptop), before);
  ok(await phone.request("POST", "/logout"));
  assert.deepEqual(await belongings(laptop), before);
});
