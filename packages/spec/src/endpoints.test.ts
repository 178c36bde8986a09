import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import type { EndpointDeclaration } from "./endpoint.ts";
import { endpoints } from "./endpoints.ts";
import { commonErrors } from "./error-codes.ts";
import { eventId, jsonObject, longText, name, queryInteger, roomId, roomIdOrAlias, stateKey, userId } from "./fields.ts";
import { policyActions } from "./policy-actions.ts";

const declarations: readonly [string, EndpointDeclaration][] = Object.entries(endpoints);

test("only reads go without an audit event, and what is one's own", () => {
  const unrecorded = declarations.filter(([, { method, audit }]) => method !== "GET" && typeof audit !== "string").map(([key]) => key);
  assert.deepEqual(unrecorded.sort(), [
    "createContent",
    "defineFilter",
    "deletePushRule",
    "deleteRoomTag",
    "postReceipt",
    "queryKeys",
    "queryPublicRooms",
    "search",
    "searchUserDirectory",
    "setAccountData",
    "setAccountDataPerRoom",
    "setPresence",
    "setPushRule",
    "setPushRuleActions",
    "setPushRuleEnabled",
    "setReadMarker",
    "setRoomTag",
    "setTyping",
  ]);
});

test("only these endpoints go without a token", () => {
  const open = declarations.filter(([, { auth }]) => typeof auth !== "string").map(([key]) => key);
  assert.deepEqual(open.sort(), [
    "checkUsernameAvailability",
    "getLoginFlows",
    "getVersions",
    "getWellknown",
    "getWellknownSupport",
    "login",
    "register",
  ]);
});

test("no endpoint declares a code that any may answer", () => {
  const repeated = declarations.filter(([, { errors }]) => errors.some((code) => commonErrors.includes(code))).map(([key]) => key);
  assert.deepEqual(repeated, []);
});

test("the catalogue of actions names each once and refuses two meanings of one", () => {
  const actions = policyActions().map(({ action }) => action);
  assert.equal(new Set(actions).size, actions.length);
  const two = {
    a: endpoints.getRoomState,
    b: { ...endpoints.getRoomState, policy: { ...endpoints.getRoomState.policy, who: "admin" } },
  } as const;
  assert.throws(() => policyActions(two), /room\.state\.read/);
});

test("an identifier has its sigil, at most 255 bytes, and no U+0000", () => {
  for (const good of ["!a:b", `!${"x".repeat(254)}`, `!${"é".repeat(127)}`]) assert.ok(v.is(roomId, good));
  for (const bad of ["", "a", "@a:b", `!${"x".repeat(255)}`, `!${"é".repeat(128)}`, "!a\u0000", 7, null]) assert.ok(!v.is(roomId, bad));
  assert.ok(
    v.is(userId, "@a:b") && v.is(eventId, "$x") && v.is(roomIdOrAlias, "#a:b") && v.is(roomIdOrAlias, "!a") && !v.is(roomIdOrAlias, "@a"),
  );
  assert.ok(v.is(stateKey, "") && v.is(name, "") && !v.is(name, "x".repeat(256)) && !v.is(longText, "\u0000"));
});

test("a query integer is decimal digits only", () => {
  for (const bad of ["", "1.0", "1e3", "0x1", " 1", "9".repeat(16), "+1", "Infinity"]) assert.ok(!v.is(queryInteger, bad), bad);
  assert.equal(v.parse(queryInteger, "-10"), -10);
});

test("a JSON object passes as the very value that it is, with every key", () => {
  const input: unknown = JSON.parse(`{"__proto__":1,"constructor":2,"prototype":3}`);
  assert.equal(v.parse(jsonObject, input), input);
  for (const bad of [null, [], "x", 7, undefined]) assert.ok(!v.is(jsonObject, bad));
});
