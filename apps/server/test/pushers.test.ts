// Pushers over HTTP, with a gateway that listens on loopback because the operator has named it.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { at, type Json, listAt, ok, refused, type Session, textAt } from "@wardroom/testkit";
import { makeRoomWith, say } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const told: Json[] = [];
let wake = (): void => {};
const gateway = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  request.on("end", () => {
    // What JSON.parse gives is JSON.
    const notification = at(JSON.parse(text) as Json, "notification") ?? null;
    told.push(notification);
    const isDead = pushkeyOf(notification) === "dead";
    response.end(JSON.stringify({ rejected: isDead ? ["dead"] : [] }));
    wake();
  });
});
await new Promise<void>((resolve) => {
  gateway.listen(0, "127.0.0.1", resolve);
});
const address = gateway.address();
const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
after(() => gateway.close());

const server = useServer(undefined, { WARDROOM_PUSH_ALLOWED_GATEWAYS: `${origin},https://push.example.org` });
const pushkeyOf = (notification: Json): Json | undefined => at(listAt(notification, "devices")[0] ?? null, "pushkey");
const pusher = (pushkey: string, rest: Record<string, Json> = {}): Record<string, Json> => ({
  kind: "http",
  app_id: "org.example.app",
  pushkey,
  app_display_name: "Example",
  device_display_name: "phone",
  lang: "en",
  data: { url: `${origin}/_matrix/push/v1/notify` },
  ...rest,
});
const set = async (who: Session, body: Json) => ok(await who.post("/pushers/set", body));
const pushkeys = async (who: Session) => listAt(ok(await who.get("/pushers")), "pushers").map((entry) => textAt(entry, "pushkey"));

/** The first thing told for this pushkey about the event. */
async function toldOf(pushkey: string, eventId: string): Promise<Json> {
  const end = performance.now() + 15_000;
  while (performance.now() < end) {
    const found = told.find((notification) => pushkeyOf(notification) === pushkey && at(notification, "event_id") === eventId);
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, 1000).unref();
    });
  }
  return assert.fail(`${pushkey} was not told of ${eventId}: ${JSON.stringify(told)}`);
}

test("a message wakes the phone of whom it is for, by its id and without its words", async () => {
  const [ada, bob] = await server.twoStrangers();
  const room = await makeRoomWith(ada, [bob]);
  await set(bob, pusher("bob"));
  await set(ada, pusher("ada"));
  const notification = await toldOf("bob", await say(ada, room, "words for nobody else"));
  assert.equal(textAt(notification, "room_id"), room);
  assert.equal(at(notification, "counts", "unread"), 1);
  assert.doesNotMatch(JSON.stringify(told), /words for nobody|"ada"|content|sender/);
});

test("a pusher is shown to its owner as it was set, changed by setting it again, and deleted with kind null", async () => {
  const [who, other] = await server.twoStrangers();
  await set(who, pusher("mine", { profile_tag: "tag", append: true }));
  const [shown] = listAt(ok(await who.get("/pushers")), "pushers");
  const { append: _append, ...expected } = pusher("mine", { profile_tag: "tag", append: true });
  assert.deepEqual({ ...(shown as object) }, expected);
  assert.deepEqual(await pushkeys(other), []);
  await set(other, { kind: null, app_id: "org.example.app", pushkey: "mine" });
  assert.deepEqual(await pushkeys(who), ["mine"], "nobody deletes another's");
  await set(who, { kind: null, app_id: "org.example.app", pushkey: "mine" });
  assert.deepEqual(await pushkeys(who), []);
});

test("a pusher goes with its session, by whatever way that ends, and stays when another one ends", async () => {
  const phone = await server.stranger();
  const tablet = await server.http().login(phone.name, phone.password);
  const desk = await server.http().login(phone.name, phone.password);
  for (const [who, key] of [
    [phone, "phone"],
    [tablet, "tablet"],
    [desk, "desk"],
  ] as const)
    await set(who, pusher(key, { app_id: phone.name }));
  ok(await tablet.post("/logout"));
  assert.deepEqual((await pushkeys(phone)).toSorted(), ["desk", "phone"]);
  ok(await phone.post("/logout/all"));
  const again = await server.http().login(phone.name, phone.password);
  assert.deepEqual(await pushkeys(again), []);
  await server.process().restart();
  assert.deepEqual(await pushkeys(again), []);
});

test("what the gateway rejects is removed, and what it does not is still there after a restart", async () => {
  const [ada, bob] = await server.twoStrangers();
  const room = await makeRoomWith(ada, [bob]);
  await set(bob, pusher("dead"));
  await set(bob, pusher("living"));
  const eventId = await say(ada, room, "one");
  await toldOf("dead", eventId);
  await toldOf("living", eventId);
  await server.process().restart();
  assert.deepEqual(await pushkeys(bob), ["living"]);
  await toldOf("living", await say(ada, room, "two"));
});

test("addresses that are no gateway's are refused: another path, another origin, private ones, and what is no address", async () => {
  const who = await server.stranger();
  const path = "/_matrix/push/v1/notify";
  const wrong: readonly Json[] = [
    { url: `${origin}/other` },
    { url: `${origin}${path}?x=1` },
    { url: `${origin}${path}/..` },
    { url: `https://other.example.org${path}` },
    { url: `http://push.example.org${path}` },
    { url: `https://user:word@push.example.org${path}` },
    { url: `http://127.0.0.1:22${path}` },
    { url: `http://169.254.169.254${path}` },
    { url: "no address" },
    { url: 7 },
    {},
  ];
  for (const data of wrong) refused(await who.post("/pushers/set", pusher("x", { data })), 400, "M_INVALID_PARAM");
  assert.deepEqual(await pushkeys(who), []);
});

test("what is missing, too long or of another kind is refused", async () => {
  const who = await server.stranger();
  const { lang: _lang, ...withoutLang } = pusher("x");
  refused(await who.post("/pushers/set", withoutLang), 400, "M_MISSING_PARAM");
  const { kind: _kind, ...withoutKind } = pusher("x");
  refused(await who.post("/pushers/set", withoutKind), 400, ["M_BAD_JSON", "M_MISSING_PARAM"]);
  for (const rest of [
    { kind: "email" },
    { pushkey: "x".repeat(513) },
    { pushkey: "设".repeat(171) },
    { pushkey: "" },
    { app_id: "x".repeat(65) },
  ])
    refused(await who.post("/pushers/set", pusher("x", rest)), 400, ["M_BAD_JSON", "M_INVALID_PARAM"]);
  const data = { url: `${origin}/_matrix/push/v1/notify`, more: "x".repeat(5000) };
  refused(await who.post("/pushers/set", pusher("x", { data })), 400, ["M_BAD_JSON", "M_INVALID_PARAM"]);
  assert.deepEqual(await pushkeys(who), []);
});
