// Push rules over HTTP: their order, their bounds, and what comes down /sync.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, refused, type Session, textAt } from "@wardroom/testkit";
import { useServer } from "./running-server.test-support.ts";
import { nextBatch, sync } from "./sync-steps.test-support.ts";

const server = useServer();
const rulesPath = (kind: string, ruleId: string, rest = "") => `/pushrules/global/${kind}/${encodeURIComponent(ruleId)}${rest}`;
const content = (pattern: string) => ({ pattern, actions: ["notify"] });
const tryPut = (who: Session, kind: string, ruleId: string, body: Json, query: Record<string, string> = {}) =>
  who.request("PUT", rulesPath(kind, ruleId), { body, query });
const put = async (...request: Parameters<typeof tryPut>) => ok(await tryPut(...request));
const rules = async (who: Session, kind: string) => listAt(ok(await who.get("/pushrules/")), "global", kind);
const ids = async (who: Session, kind: string) => (await rules(who, kind)).map((rule) => textAt(rule, "rule_id"));
const fieldOf = async (who: Session, kind: string, ruleId: string, field: string) =>
  at((await rules(who, kind)).find((rule) => at(rule, "rule_id") === ruleId) ?? null, field);

test("a new rule is the weightiest of its kind, before and after place it, and a changed one stays where it is", async () => {
  const who = await server.stranger();
  for (const name of ["one", "two"]) await put(who, "content", name, content(name));
  assert.deepEqual(await ids(who, "content"), ["two", "one"]);
  await put(who, "content", "three", content("three"), { before: "one" });
  await put(who, "content", "four", content("four"), { after: "one" });
  assert.deepEqual(await ids(who, "content"), ["two", "three", "one", "four"]);
  await put(who, "content", "three", content("changed"));
  assert.deepEqual(await ids(who, "content"), ["two", "three", "one", "four"]);
  assert.equal(await fieldOf(who, "content", "three", "pattern"), "changed");
  await put(who, "content", "two", content("two"), { after: "four", before: "one" });
  assert.deepEqual(await ids(who, "content"), ["three", "two", "one", "four"], "before wins");
  ok(await who.request("DELETE", rulesPath("content", "three")));
  assert.deepEqual(await ids(who, "content"), ["two", "one", "four"]);
});

test("own override rules stand behind the master rule and ahead of all other rules of the server", async () => {
  const who = await server.stranger();
  await put(who, "override", "mine", { conditions: [], actions: ["notify"] });
  assert.deepEqual((await ids(who, "override")).slice(0, 3), [".m.rule.master", "mine", ".m.rule.suppress_notices"]);
  assert.deepEqual(
    { ...(at(ok(await who.get(rulesPath("override", "mine")))) as object) },
    { rule_id: "mine", default: false, enabled: true, conditions: [], actions: ["notify"] },
  );
});

test("a place is named by one's own rule of the same kind, and by no other", async () => {
  const who = await server.stranger();
  await put(who, "override", "elsewhere", { actions: [] });
  for (const query of [{ before: "nobody" }, { after: "elsewhere" }, { before: ".m.rule.message" }, { after: "new" }])
    refused(await tryPut(who, "content", "new", content("x"), query), 400, "M_UNKNOWN");
  assert.deepEqual(await ids(who, "content"), []);
});

test("names that begin with a dot or hold slashes are refused, and rules of no kind or shape as well", async () => {
  const who = await server.stranger();
  for (const ruleId of [".m.rule.mine", ".x", "a/b", "a\\b"])
    refused(await tryPut(who, "content", ruleId, content("x")), 400, "M_INVALID_PARAM");
  refused(await tryPut(who, "device", "x", content("x")), 400, "M_INVALID_PARAM");
  refused(await tryPut(who, "content", "x", { actions: ["notify"] }), 400, "M_MISSING_PARAM");
  refused(await tryPut(who, "content", "x", { pattern: "x" }), 400, "M_MISSING_PARAM");
  const wrong: readonly Json[] = [
    { actions: "notify" },
    { actions: ["shout"] },
    { actions: [{}] },
    { actions: [null] },
    { actions: [], conditions: {} },
    { actions: [], conditions: ["x"] },
    { actions: [], conditions: [{ kind: "event_match", key: "type" }] },
    { actions: [], conditions: [{ kind: "event_property_is", key: "type", value: {} }] },
    { actions: [], conditions: [{ kind: "event_property_is", key: "type", value: 1.5 }] },
    { actions: [], conditions: [{ kind: "room_member_count", is: "many" }] },
    { actions: [], conditions: [{ kind: "sender_notification_permission" }] },
  ];
  for (const body of wrong) refused(await tryPut(who, "override", "x", body), 400, "M_INVALID_PARAM");
  assert.ok(!(await ids(who, "override")).includes("x"));
});

test("historical actions are taken out, and conditions of the future are kept", async () => {
  const who = await server.stranger();
  await put(who, "override", "old", { actions: ["dont_notify"], conditions: [{ kind: "org.example.future", some: "thing" }] });
  const rule = ok(await who.get(rulesPath("override", "old")));
  assert.deepEqual([listAt(rule, "actions"), textAt(listAt(rule, "conditions")[0] ?? null, "some")], [[], "thing"]);
});

test("rules of the server can be disabled and given other actions, and can be neither deleted nor replaced", async () => {
  const who = await server.stranger();
  const path = rulesPath("underride", ".m.rule.message");
  ok(await who.put(`${path}/enabled`, { enabled: false }));
  ok(await who.put(`${path}/actions`, { actions: ["notify", { set_tweak: "sound", value: "bell" }] }));
  assert.equal(at(ok(await who.get(`${path}/enabled`)), "enabled"), false);
  assert.equal(listAt(ok(await who.get(`${path}/actions`)), "actions").length, 2);
  assert.equal(await fieldOf(who, "underride", ".m.rule.message", "default"), true);
  refused(await who.request("DELETE", path), 400, "M_INVALID_PARAM");
  refused(await who.put(path, { actions: [] }), 400, "M_INVALID_PARAM");
  ok(await who.put(`${path}/enabled`, { enabled: true }));
  assert.equal(await fieldOf(who, "underride", ".m.rule.message", "enabled"), true);
});

test("what is not there is not found: by no method, in no other kind, and not another person's", async () => {
  const [who, other] = await server.twoStrangers();
  await put(other, "content", "theirs", content("secret"));
  for (const ruleId of ["theirs", "nothing", "constructor", "__proto__"]) {
    const path = rulesPath("content", ruleId);
    for (const rest of ["", "/enabled", "/actions"]) refused(await who.get(path + rest), 404, "M_NOT_FOUND");
    refused(await who.request("DELETE", path), 404, "M_NOT_FOUND");
    refused(await who.put(`${path}/enabled`, { enabled: false }), 404, "M_NOT_FOUND");
    refused(await who.put(`${path}/actions`, { actions: [] }), 404, "M_NOT_FOUND");
  }
  refused(await who.get(rulesPath("override", ".m.rule.message")), 404, "M_NOT_FOUND");
  refused(await who.put(rulesPath("override", ".m.rule.invented", "/enabled"), { enabled: true }), 404, "M_NOT_FOUND");
});

test("of many changes at once none is lost", async () => {
  const who = await server.stranger();
  const names = Array.from({ length: 20 }, (_, index) => `rule${index}`);
  await Promise.all(names.map((name) => put(who, "content", name, content(name))));
  assert.deepEqual((await ids(who, "content")).toSorted(), names.toSorted());
  await Promise.all([
    ...names.slice(0, 10).map(async (name) => ok(await who.request("DELETE", rulesPath("content", name)))),
    ...names.slice(10).map(async (name) => ok(await who.put(rulesPath("content", name, "/enabled"), { enabled: false }))),
  ]);
  const left = await rules(who, "content");
  assert.deepEqual([left.length, left.every((rule) => at(rule, "enabled") === false)], [10, true]);
});

test("a change comes down /sync as account data, to every device of the person and to nobody else", async () => {
  const [who, other] = await server.twoStrangers();
  const [since, otherSince] = [nextBatch(await sync(who)), nextBatch(await sync(other))];
  await put(who, "content", "cake", content("cake"));
  const answer = await sync(await server.http().login(who.name, who.password), { since });
  const [event] = listAt(answer, "account_data", "events");
  assert.equal(textAt(event ?? null, "type"), "m.push_rules");
  assert.equal(textAt(listAt(event ?? null, "content", "global", "content")[0] ?? null, "rule_id"), "cake");
  assert.deepEqual(listAt(await sync(other, { since: otherSince }), "account_data", "events"), []);
  refused(await who.put(`/user/${encodeURIComponent(who.userId)}/account_data/m.push_rules`, { global: {} }), 405, "M_BAD_JSON");
});

test("one person's rules are bounded in number, in size and in what is searched", async () => {
  const who = await server.stranger();
  const tooLarge = (answer: Awaited<ReturnType<typeof tryPut>>) => refused(answer, 413, "M_TOO_LARGE");
  const condition = { kind: "event_match", key: "content.x", pattern: "x".repeat(500) };
  tooLarge(await tryPut(who, "override", "wide", { actions: [], conditions: Array.from({ length: 10 }, () => condition) }));
  for (let index = 0; index < 8; index += 1) await put(who, "content", `long${index}`, content("x".repeat(512)));
  tooLarge(await tryPut(who, "content", "one-more", content("x")));
  tooLarge(
    await tryPut(who, "override", "one-more", { actions: [], conditions: [{ kind: "event_match", key: "content.topic", pattern: "*" }] }),
  );
  await put(who, "override", "plain", { actions: [], conditions: [{ kind: "event_match", key: "room_id", pattern: "!a:b" }] });
  refused(await tryPut(who, "content", "too-long", content("x".repeat(513))), 400, "M_INVALID_PARAM");
});
