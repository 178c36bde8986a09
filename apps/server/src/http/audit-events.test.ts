import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { auditEvents } from "@wardroom/spec";
import { auditEventsPage } from "./audit-events-page.ts";

/** Codes that no code records yet, and what will. */
const awaited: Readonly<Record<string, string>> = {
  "audit.searched": "the log's own readers",
  "audit.entry.read": "the log's own readers",
  "audit.proved": "the log's own readers",
  "audit.state.read": "the log's own readers",
  "audit.exported": "the log's own readers",
  "audit.gap": "the queue of refusals",
  "audit.log.started": "the growing of the log",
  "audit.clock.turned-back": "the growing of the log",
  "audit.keys.destroyed": "the end of audit keys",
  "room.read": "rooms whose label asks for it",
  "server.started": "the composition",
  "server.stopped": "the composition",
};

const root = new URL("../../../../", import.meta.url).pathname;
const sources = globSync(["apps/server/src/**/*.ts", "apps/cli/src/**/*.ts"], { cwd: root })
  .filter((file) => !/\.test(-support)?\.ts$/.test(file))
  .map((file) => readFileSync(`${root}${file}`, "utf8"))
  .join("\n");

test("every code of the catalogue is recorded somewhere, save those that are awaited, and none of these is", () => {
  const unused = Object.keys(auditEvents).filter((code) => !sources.includes(`"${code}"`));
  assert.deepEqual(unused.toSorted(), Object.keys(awaited).toSorted());
});

test("the page has a row and an example that can be read for each code", () => {
  const page = auditEventsPage();
  const rows = [...page.matchAll(/^\| `([^`]+)` /gm)].map(([, code = ""]) => code);
  const examples = [...page.matchAll(/^\{.*\}$/gm)].map(([line]): unknown => JSON.parse(line));
  assert.deepEqual(rows.toSorted(), Object.keys(auditEvents).toSorted());
  assert.equal(examples.length, rows.length);
});
