import assert from "node:assert/strict";
import { test } from "node:test";
import { createRouter } from "./router.ts";

const router = (...templates: readonly string[]) =>
  createRouter(templates.map((template) => ({ method: "GET", template, route: template })));

test("the rest of a path is all that is left of it, as it was sent", () => {
  const routes = router("/logs/{log}/tile/{+path}", "/logs/{log}/checkpoint");
  for (const rest of ["0/000", "0", "a/b/c/d", "a%2Fb", "%30/x", "a//b", "a/", "../x", "a/.."])
    assert.deepEqual(routes.find("GET", `/logs/%31/tile/${rest}`), {
      kind: "route",
      route: "/logs/{log}/tile/{+path}",
      names: ["log", "path"],
      values: ["1", rest],
    });
  assert.equal(routes.find("PUT", "/logs/1/tile/a/b").kind, "method");
});

test("a rest is never empty and never begins with an empty segment", () => {
  const routes = router("/tile/{+path}");
  for (const path of ["/tile", "/tile/", "/tile//", "/tile//x"]) assert.equal(routes.find("GET", path).kind, "unknown", path);
});

test("a fixed segment wins over a parameter, and a parameter over the rest", () => {
  const routes = router("/a/fixed", "/a/{one}", "/a/{one}/x", "/a/{+rest}");
  const routeOf = (path: string) => {
    const found = routes.find("GET", path);
    return found.kind === "route" ? [found.route, ...found.values] : found.kind;
  };
  assert.deepEqual(routeOf("/a/fixed"), ["/a/fixed"]);
  assert.deepEqual(routeOf("/a/other"), ["/a/{one}", "other"]);
  assert.deepEqual(routeOf("/a/other/x"), ["/a/{one}/x", "other"]);
  assert.deepEqual(routeOf("/a/other/y"), ["/a/{+rest}", "other/y"]);
  assert.deepEqual(routeOf("/a/fixed/y"), ["/a/{+rest}", "fixed/y"]);
});

test("nothing stands behind a rest, and two rests in one place collide", () => {
  assert.throws(() => router("/a/{+rest}/b"), /behind the rest/);
  assert.throws(() => router("/a/{+one}", "/a/{+other}"), /two endpoints/);
});
