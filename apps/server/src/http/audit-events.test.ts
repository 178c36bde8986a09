import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { auditEvents } from "@wardroom/spec";
import { auditEventsPage } from "./audit-events-page.ts";

const root = new URL("../../../../", import.meta.url).pathname;
const sources = globSync(["apps/server/src/**/*.ts", "apps/cli/src/**/*.ts"], { cwd: root })
  .filter((file) => !/\.test(-support)?\.ts$/.test(file))
  .map((file) => readFileSync(`${root}${file}`, "utf8"))
  .join("\n");

test("every code of the catalogue is recorded somewhere", () => {
  assert.deepEqual(
    Object.keys(auditEvents).filter((code) => !sources.includes(`"${code}"`)),
    [],
  );
});

test("the page has a row and an example that can be read for each code", () => {
  const page = auditEventsPage();
  const rows = [...page.matchAll(/^\| `([^`]+)` /gm)].map(([, code = ""]) => code);
  const examples = [...page.matchAll(/^\{.*\}$/gm)].map(([line]): unknown => JSON.parse(line));
  assert.deepEqual(rows.toSorted(), Object.keys(auditEvents).toSorted());
  assert.equal(examples.length, rows.length);
});
