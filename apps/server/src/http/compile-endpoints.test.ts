import assert from "node:assert/strict";
import { test } from "node:test";
import { type EndpointDeclaration, endpoints } from "@wardroom/spec";
import { createHandlers } from "./client/create-handlers.ts";
import { compileEndpoints } from "./compile-endpoints.ts";
import { createLimits } from "./limits.ts";
import { stubDeps } from "./http-server.test-support.ts";

const handler = () => ({});
const good: EndpointDeclaration = { ...endpoints.getRoomState };
const compile = (change: object) => compileEndpoints({ one: { ...good, ...change } }, { one: handler });

test("a declaration that states everything is taken", () => {
  assert.equal(compile({}).find("GET", "/_matrix/client/v3/rooms/!r:test/state").kind, "route");
});

test("what v3 names answers under the older name r0 too, and what came with another version does not", () => {
  assert.equal(compile({}).find("GET", "/_matrix/client/r0/rooms/!r:test/state").kind, "route");
  assert.equal(compile({ path: "/_matrix/media/v3/rooms/{roomId}" }).find("GET", "/_matrix/media/r0/rooms/!r:test").kind, "route");
  assert.equal(compile({ path: "/_matrix/client/v1/rooms/{roomId}" }).find("GET", "/_matrix/client/r0/rooms/!r:test").kind, "unknown");
});

test("the server does not start when an endpoint leaves something unstated", () => {
  for (const statement of [
    "method",
    "path",
    "spec",
    "module",
    "params",
    "query",
    "body",
    "response",
    "auth",
    "policy",
    "audit",
    "limit",
    "errors",
  ]) {
    assert.throws(() => compile({ [statement]: undefined }), /one/, statement);
  }
});

test("`none` without a reason is not a statement", () => {
  for (const statement of ["audit", "limit", "body"]) assert.throws(() => compile({ [statement]: { none: " " } }), /no reason/, statement);
});

test("an endpoint that needs no token but is not for anyone, or the other way round, does not start", () => {
  assert.throws(() => compile({ auth: { none: "why not" } }), /disagree/);
  assert.throws(() => compile({ policy: { ...good.policy, who: "anyone" } }), /disagree/);
});

test("a policy that names a resource which the path has not does not start", () => {
  assert.throws(() => compile({ policy: { ...good.policy, resource: "userId" } }), /names no userId/);
});

test("an unknown error code does not start", () => {
  assert.throws(() => compile({ errors: ["M_MADE_UP"] }), /M_MADE_UP/);
  assert.throws(() => compile({ errors: ["constructor"] }), /constructor/);
});

test("two declarations of one method and path collide, also when their parameters are named differently, and through aliases", () => {
  const two = (path: string, extra: object = {}) =>
    compileEndpoints({ one: good, two: { ...good, path, ...extra } }, { one: handler, two: handler });
  assert.throws(() => two(good.path), /two endpoints answer GET/);
  assert.throws(
    () => two("/_matrix/client/v3/rooms/{roomId}/other", { aliases: ["/_matrix/client/v3/rooms/{other}/state"] }),
    /two endpoints/,
  );
  assert.doesNotThrow(() => two(good.path, { method: "PUT" }));
});

test("a declaration without a handler, and a handler without a declaration, do not start", () => {
  assert.throws(() => compileEndpoints({ one: good }, {}), /one has no handler/);
  assert.throws(() => compileEndpoints({}, { one: handler }), /one has no endpoint declaration/);
  assert.throws(() => compileEndpoints({ constructor: good }, {}), /constructor has no handler/);
});

test("the real declarations and handlers match one to one", () => {
  const { deps } = stubDeps();
  const handlers = createHandlers({ ...deps, limits: createLimits(deps.clock, true) });
  assert.deepEqual(Object.keys(handlers).sort(), Object.keys(endpoints).sort());
});
