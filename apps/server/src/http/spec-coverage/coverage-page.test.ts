import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { at, type Json, listAt, recordAt } from "@wardroom/testkit";
import { startTestServer } from "../http-server.test-support.ts";
import { coveragePage, isDeclared } from "./coverage-page.ts";
import { behaviours, partlyThere } from "./held.ts";
import { missingOperations } from "./missing.ts";
import { operationGroups } from "./operations.ts";

const operations = Object.values(operationGroups).flat();

test("an operation of the specification is declared, or stands with a reason among the missing; never both", () => {
  for (const operation of operations)
    assert.notEqual(isDeclared(operation), Object.hasOwn(missingOperations, operation), `${operation}: declared or missing, one of them`);
  assert.equal(new Set(operations).size, operations.length);
});

test("the tables speak of nothing that the specification does not have", () => {
  for (const operation of [...Object.keys(missingOperations), ...Object.keys(partlyThere)])
    assert.ok(operations.includes(operation), operation);
  for (const operation of Object.keys(partlyThere)) assert.ok(isDeclared(operation), operation);
});

test("behind every claim of the page stands a test by its title", () => {
  const folder = join(import.meta.dirname, "../../../test");
  const texts = globSync("*.test.ts", { cwd: folder }).map((name) => readFileSync(join(folder, name), "utf8"));
  for (const { test: title } of [...Object.values(partlyThere), ...Object.values(behaviours)])
    assert.ok(
      texts.some((text) => text.includes(`test("${title}"`) || text.includes(`test(\n  "${title}"`)),
      title,
    );
});

test("a missing operation answers M_UNRECOGNIZED, whoever asks", async (context) => {
  const server = await startTestServer();
  context.after(() => server.close());
  for (const operation of Object.keys(missingOperations)) {
    const [method = "", path = ""] = operation.split(" ");
    const answer = await server.ask(method, path.replaceAll(/\{\w+\}/g, "example"), method === "GET" ? {} : { body: {} });
    assert.ok(answer.status === 404 || answer.status === 405, `${operation}: ${answer.status}`);
    assert.equal(answer.json["errcode"], "M_UNRECOGNIZED", operation);
  }
});

test("the page lists every operation once, and counts them", () => {
  const page = coveragePage();
  for (const operation of operations) assert.equal(page.split(`| \`${operation}\` |`).length, 2, operation);
  const [, all, there, partly, missing] = /(\d+) operations: (\d+) there, (\d+) partly, (\d+) missing/.exec(page) ?? [];
  assert.equal(Number(all), operations.length);
  assert.equal(Number(there) + Number(partly) + Number(missing), operations.length);
});

const specFolder = process.env["MATRIX_SPEC_DIR"];

test("the list of operations is that of the specification's data", { skip: specFolder === undefined }, () => {
  const folder = join(specFolder ?? "", "data/api/client-server");
  const described = globSync("*.yaml", { cwd: folder }).flatMap((name) => operationsIn(parse(readFileSync(join(folder, name), "utf8"))));
  assert.deepEqual([...new Set(described)].sort(), [...operations].sort());
});

function operationsIn(file: Json): string[] {
  const base = at(listAt(file, "servers")[0] ?? null, "variables", "basePath", "default");
  return Object.entries(recordAt(file, "paths")).flatMap(([path, methods]) =>
    Object.keys(recordAt(methods))
      .filter((method) => /^(get|put|post|delete)$/.test(method))
      // Two are told apart from their namesakes by a blank at the end.
      .map((method) => `${method.toUpperCase()} ${typeof base === "string" ? base : ""}${path.trim()}`),
  );
}
