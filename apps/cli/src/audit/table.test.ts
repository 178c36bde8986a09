import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenedEntry } from "@wardroom/server";
import { en } from "../messages/en.ts";
import { zhCn } from "../messages/zh-cn.ts";
import { widthOf } from "./printable.ts";
import { createTable } from "./table.ts";

const entry = (more: Partial<OpenedEntry>): OpenedEntry => ({
  log: 1,
  index: 1,
  id: "x",
  time: 0,
  code: "session.created",
  class: 1,
  activity: 1,
  outcome: "done",
  count: 1,
  erased: [],
  unsigned: false,
  ...more,
});

/** Where the column begins on a terminal. */
const columnOf = (line: string, word: string) => widthOf(line.slice(0, line.indexOf(word)));

test("columns stand under each other where a letter is two columns wide", () => {
  const entries = [
    entry({ actor: "WHO1" }),
    entry({ code: "room.member.changed", actor: "WHO2" }),
    entry({ code: "unknown", actor: "WHO3" }),
  ];
  const [head = "", ...rows] = createTable(zhCn).add(entries).trimEnd().split("\n");
  assert.equal(rows.length, 3);
  for (const [at, row] of rows.entries()) assert.equal(columnOf(row, `WHO${at + 1}`), columnOf(head, "操作者"));
});

test("the head is printed once, and columns of later pages are never narrower", () => {
  const table = createTable(en);
  assert.equal(table.add([]), "");
  const first = table.add([entry({ code: "room.member.unbanned", actor: "WHO" })]);
  const second = table.add([entry({ actor: "WHO" })]);
  assert.equal(first.match(/PLACE/g)?.length, 1);
  assert.doesNotMatch(second, /PLACE/);
  assert.ok(columnOf(second, "WHO") === columnOf(first.split("\n")[1] ?? "", "WHO"));
});

test("a code that is the name of something every object has gets no meaning", () => {
  for (const code of ["constructor", "__proto__", "toString"])
    assert.doesNotMatch(createTable(en).add([entry({ code })]), /function|object/);
});

test("both languages have words for the same codes, and none is empty", () => {
  for (const [code, words] of Object.entries(zhCn.codes)) assert.match(words, /\p{Script=Han}/u, code);
  for (const [code, words] of Object.entries(en.codes)) assert.match(words, /^[a-z]/, code);
});
