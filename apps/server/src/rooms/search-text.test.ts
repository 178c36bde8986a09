import assert from "node:assert/strict";
import { test } from "node:test";
import { rankOf, textsOf, wordsOf } from "./search-text.ts";

const finds = (term: string, text: string) => rankOf(text, wordsOf(term)) > 0;

test("case, width and final letters do not count", () => {
  for (const [term, text] of [
    ["SHIP", "the ship sails"],
    ["ｓｈｉｐ", "The SHIP"],
    ["strasse", "Lange Straße"],
    ["ΟΔΟΣ", "οδος"],
    ["οδοσ", "ΟΔΟΣ"],
    ["ärger", "A\u0308RGER"],
    ["привет", "ПРИВЕТ мир"],
  ] as const)
    assert.ok(finds(term, text), `${term} in ${text}`);
});

test("a part of a Chinese sentence is found, and all words of a term must occur", () => {
  assert.ok(finds("会议", "今天的会议改到三点"));
  assert.ok(finds("三点 会议", "今天的会议改到三点"));
  assert.ok(!finds("会议 四点", "今天的会议改到三点"));
  assert.ok(!finds("议会", "今天的会议改到三点"));
});

test("a term of spaces has no words; a long one has twenty", () => {
  assert.deepEqual(wordsOf(" \u3000 \n"), []);
  assert.equal(wordsOf(Array.from({ length: 50 }, (_, index) => `w${index}`).join(" ")).length, 20);
});

test("what the words are more of ranks higher", () => {
  const words = wordsOf("ship");
  assert.ok(rankOf("ship", words) > rankOf("a ship", words));
  assert.ok(rankOf("ship to ship", words) > rankOf("ship to shore", words));
});

test("only the words of the right key are looked at, whatever else the content holds", () => {
  assert.deepEqual(textsOf("m.room.message", { body: "b", name: "n", topic: "t" }), ["b"]);
  assert.deepEqual(textsOf("m.room.name", { body: "b", name: "n" }), ["n"]);
  assert.deepEqual(textsOf("m.room.message", { body: 7 }), []);
  const forms = [{ body: "plain" }, { body: "<b>", mimetype: "text/html" }, { body: "also", mimetype: "text/plain" }, 7, null];
  assert.deepEqual(textsOf("m.room.topic", { topic: "old", "m.topic": { "m.text": forms } }), ["old", "plain", "also"]);
  assert.deepEqual(textsOf("m.room.topic", { "m.topic": [] }), []);
});
