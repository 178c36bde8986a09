import assert from "node:assert/strict";
import { test } from "node:test";
import { ocsfCaption } from "./audit/audit-event.ts";
import { auditAreas, auditEvents } from "./audit-events.ts";
import type { EndpointDeclaration } from "./endpoint.ts";
import { endpoints } from "./endpoints.ts";

test("every event that an endpoint declares is in the catalogue", () => {
  const declared = Object.entries<EndpointDeclaration>(endpoints).flatMap(([name, { audit }]) =>
    typeof audit === "string" && !Object.hasOwn(auditEvents, audit) ? [`${name}: ${audit}`] : [],
  );
  assert.deepEqual(declared, []);
});

test("a code stands in one area, and each area's codes are in the catalogue", () => {
  const listed = auditAreas.flatMap(({ events }) => Object.keys(events));
  assert.deepEqual(listed.toSorted(), Object.keys(auditEvents).toSorted());
});

test("a code is lower-case words with dots and hyphens, so that a beginning with a star finds what belongs together", () => {
  for (const code of Object.keys(auditEvents)) assert.match(code, /^[a-z]+(?:-[a-z]+)*(?:\.[a-z]+(?:-[a-z]+)*)+$/);
});

test("every code says what it means once, in both languages, with a class and an activity of the schema", () => {
  const said = new Set<string>();
  for (const [code, event] of Object.entries(auditEvents)) {
    assert.match(event.what.en, /^[A-Z`].*\.$/, code);
    assert.match(event.what["zh-CN"], /\p{Script=Han}.*。$/u, code);
    assert.ok(ocsfCaption(event), code);
    said.add(event.what.en).add(event.what["zh-CN"]);
  }
  assert.equal(said.size, 2 * Object.keys(auditEvents).length);
});

test("the reason of an example is a name, as the code that records it writes one", () => {
  for (const [code, { example }] of Object.entries(auditEvents))
    if (example.reason !== undefined) assert.match(example.reason, /^[a-z]+(?:-[a-z]+)*$/, code);
});
