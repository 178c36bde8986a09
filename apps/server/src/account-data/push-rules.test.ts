import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "@wardroom/matrix-core";
import { createFakeClock } from "@wardroom/testkit";
import { createAccountData } from "#account-data";
import { actor, openHouse, type TestHouse, userId } from "./account-data.test-support.ts";
import { mergePushRules } from "./merge-push-rules.ts";
import { createValueStore } from "./value-store.ts";

let house: TestHouse;
before(async () => {
  house = await openHouse();
});
after(() => house.close());

function rulesOf(ruleset: JsonValue | undefined, kind: string): readonly JsonObject[] {
  const global = isJsonObject(ruleset) ? ruleset.global : undefined;
  const rules = isJsonObject(global) ? global[kind] : undefined;
  return Array.isArray(rules) ? rules.filter(isJsonObject) : [];
}
const idsOf = (ruleset: JsonValue, kind: string) => rulesOf(ruleset, kind).map(({ rule_id }) => rule_id);
const overrideIds = [
  ".m.rule.master",
  ".m.rule.suppress_notices",
  ".m.rule.invite_for_me",
  ".m.rule.member_event",
  ".m.rule.is_user_mention",
  ".m.rule.is_room_mention",
  ".m.rule.tombstone",
  ".m.rule.reaction",
  ".m.rule.room.server_acl",
  ".m.rule.suppress_edits",
];
const underrideIds = [
  ".m.rule.call",
  ".m.rule.encrypted_room_one_to_one",
  ".m.rule.room_one_to_one",
  ".m.rule.message",
  ".m.rule.encrypted",
];

test("the rules of v1.19 are served: fifteen, in the specification's order, and none of the old text-matching ones", () => {
  const rules = mergePushRules(userId, undefined);
  assert.deepEqual(idsOf(rules, "override"), overrideIds);
  assert.deepEqual(idsOf(rules, "underride"), underrideIds);
  for (const kind of ["content", "room", "sender"]) assert.deepEqual(idsOf(rules, kind), []);
  const all = ["override", "underride"].flatMap((kind) => rulesOf(rules, kind));
  assert.ok(all.every((rule) => rule.default === true));
  assert.deepEqual(
    all.filter(({ enabled }) => enabled === false).map(({ rule_id }) => rule_id),
    [".m.rule.master"],
  );
});

test("rules about the user name the user, and the dots in m.mentions are escaped", () => {
  const override = rulesOf(mergePushRules(userId, undefined), "override");
  const find = (id: string) => override.find(({ rule_id }) => rule_id === id);
  assert.deepEqual(find(".m.rule.is_user_mention"), {
    rule_id: ".m.rule.is_user_mention",
    default: true,
    enabled: true,
    conditions: [{ kind: "event_property_contains", key: "content.m\\.mentions.user_ids", value: userId }],
    actions: ["notify", { set_tweak: "sound", value: "default" }, { set_tweak: "highlight" }],
  });
  assert.deepEqual(find(".m.rule.invite_for_me")?.conditions, [
    { kind: "event_match", key: "type", pattern: "m.room.member" },
    { kind: "event_match", key: "content.membership", pattern: "invite" },
    { kind: "event_match", key: "state_key", pattern: userId },
  ]);
});

test("an initial listing holds the defaults although nothing was stored; a later one does not", async () => {
  const { accountData } = house;
  const [row, ...rest] = await accountData.listChanged(userId, 0, 0);
  assert.deepEqual([row?.type, row?.roomId, row?.position, rest], ["m.push_rules", undefined, 0, []]);
  assert.deepEqual(parseJson(row?.contentJson ?? ""), parseJson(await accountData.get(userId, undefined, "m.push_rules")));
  assert.deepEqual(idsOf(parseJson(row?.contentJson ?? ""), "override"), overrideIds);
  assert.deepEqual(await accountData.listChanged(userId, 1, 10), []);
});

test("what the user changed is served merged: own rules first but for the master rule, defaults changed in place", async () => {
  const { accountData, storage } = house;
  const own: JsonObject = { rule_id: "cake", default: false, enabled: true, conditions: [], actions: ["notify"] };
  const stored: JsonObject = {
    global: {
      override: [own, { rule_id: ".m.rule.master", enabled: true }, { rule_id: ".m.rule.reaction", actions: ["notify"] }],
      content: [{ rule_id: "tea", default: false, enabled: true, pattern: "tea", actions: [] }],
      underride: [{ rule_id: ".m.rule.call", enabled: "yes", default: false, conditions: "none", actions: "none" }],
    },
  };
  const before = storage.durablePosition();
  await accountData.putInternal(userId, undefined, "m.push_rules", stored);
  const served = await accountData.pushRules(userId);
  assert.deepEqual(idsOf(served, "override"), [".m.rule.master", "cake", ...overrideIds.slice(1)]);
  assert.deepEqual(idsOf(served, "content"), ["tea"]);
  assert.equal(rulesOf(served, "override")[0]?.enabled, true);
  assert.deepEqual(rulesOf(served, "override").find(({ rule_id }) => rule_id === ".m.rule.reaction")?.actions, ["notify"]);
  assert.deepEqual(
    rulesOf(served, "underride"),
    rulesOf(mergePushRules(userId, undefined), "underride"),
    "only enabled and actions of a default can change",
  );
  const rows = await accountData.listChanged(userId, before, storage.durablePosition());
  assert.deepEqual(
    rows.map(({ type }) => type),
    ["m.push_rules"],
  );
  assert.deepEqual(parseJson(rows[0]?.contentJson ?? ""), parseJson(JSON.stringify(served)));
  const initial = await accountData.listChanged(userId, 0, storage.durablePosition());
  assert.equal(initial.filter(({ type }) => type === "m.push_rules").length, 1);
});

test("stored rules cannot add a rule under the server's names, nor break the listing by their shape", () => {
  const broken: readonly (JsonObject | undefined)[] = [
    { global: { override: [{ rule_id: ".m.rule.backdoor", enabled: true, conditions: [], actions: [] }, null, 7, { rule_id: 7 }] } },
    { global: { override: {} } },
    { global: [] },
    {},
    undefined,
  ];
  for (const stored of broken) assert.deepEqual(mergePushRules(userId, stored), mergePushRules(userId, undefined));
});

test("two processes over one store lose no rule to each other: a change expects what it was decided from", async () => {
  const { storage, keys, accountData } = house;
  const other = createAccountData({ storage, keys, clock: createFakeClock(), onChanged: () => {} });
  const who = { ...actor, userId: "@twice:example.org" };
  const put = (at: typeof accountData, ruleId: string) =>
    at.pushRule.put(who, { kind: "content", ruleId }, { pattern: ruleId, actions: [] });
  for (let round = 0; round < 5; round += 1) await Promise.all([put(accountData, `one${round}`), put(other, `other${round}`)]);
  const again = createAccountData({ storage, keys, clock: createFakeClock(), onChanged: () => {} });
  assert.equal(idsOf(await again.pushRules(who.userId), "content").length, 10);
});

test("the rules are one object until they change, and another one afterwards", async () => {
  const { accountData } = house;
  const before = await accountData.pushRules(userId);
  await accountData.put(actor, undefined, "org.example.other", {});
  assert.equal(await accountData.pushRules(userId), before);
  await accountData.pushRule.setEnabled(actor, { kind: "override", ruleId: ".m.rule.master" }, true);
  assert.notEqual(await accountData.pushRules(userId), before);
});

test("of a rule of the server only the change is stored", async () => {
  const { accountData, storage, keys } = house;
  const who = { ...actor, userId: "@stored:example.org" };
  await accountData.pushRule.setEnabled(who, { kind: "underride", ruleId: ".m.rule.call" }, false);
  await accountData.pushRule.setActions(who, { kind: "underride", ruleId: ".m.rule.call" }, ["notify"]);
  const values = createValueStore(storage.statements, keys);
  assert.equal(
    await values.find({ userId: who.userId, roomId: undefined, type: "m.push_rules" }),
    `{"global":{"underride":[{"rule_id":".m.rule.call","enabled":false,"actions":["notify"]}]}}`,
  );
});
