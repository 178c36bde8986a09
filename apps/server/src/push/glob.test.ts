import assert from "node:assert/strict";
import { test } from "node:test";
import { compileGlob } from "./glob.ts";

const plenty = () => ({ left: Number.POSITIVE_INFINITY });
const whole = (pattern: string, text: string) => compileGlob(pattern).matchesWhole(text.toLowerCase(), plenty());
const words = (pattern: string, text: string) => compileGlob(pattern).matchesWords(text.toLowerCase(), plenty());

test("a pattern must match the whole value, without regard to case (the specification's example)", () => {
  for (const text of ["Lunch plans", "LUNCH"]) assert.ok(whole("lunc?*", text), text);
  for (const text of [" lunch", "lunc"]) assert.ok(!whole("lunc?*", text), text);
  assert.ok(whole("M.Notice", "m.nOTICE"));
  assert.ok(whole("", "") && !whole("", "x"));
  assert.ok(whole("*", "") && whole("**", "anything") && whole("a*b*c", "abc") && whole("a*b*c", "a.b.b.c"));
  assert.ok(!whole("a*a", "a"), "one character is not both ends");
  assert.ok(!whole("ab*ba", "aba"), "the ends do not overlap");
  assert.ok(!whole("a", "ba") && !whole("a", "ab"));
});

test("a question mark is one character, also one of two halves, and never none", () => {
  assert.ok(whole("?", "😀") && !whole("??", "😀") && whole("a?c", "a设c") && !whole("a?", "a"));
});

test("what regular expressions would take for more is plain text", () => {
  for (const pattern of ["a.c", "a+", "(a|b)", "[ab]", "^a$", "a\\d", "a{2}"]) assert.ok(whole(pattern, pattern), pattern);
  assert.ok(!whole("a.c", "abc") && !whole("[ab]", "a") && !whole("a+", "aa"));
});

test("in a body a pattern matches words and runs of words (the specification's examples)", () => {
  for (const body of ["An example event.", "exple", "An exciting triple-whammy"]) assert.ok(words("ex*ple", body), body);
  for (const body of ["An unexampled event.", "exples", "anexple"]) assert.ok(!words("ex*ple", body), body);
  assert.ok(words("cake", "I like CAKE!") && words("cake", "cake") && words("cake", "a-cake-b"));
  for (const body of ["cakes", "pancake", "cake_", "cake2"]) assert.ok(!words("cake", body), body);
});

test("a later place is found where the first has no boundary, and other scripts have no letters that join", () => {
  assert.ok(words("cake", "cakes and cake"));
  assert.ok(words("c*e", "cakes are nice"));
  assert.ok(words("设计", "新设计稿"));
});

test("a pattern made to be slow is answered at once", () => {
  const pattern = `${"a*".repeat(200)}b`;
  const start = performance.now();
  assert.ok(!words(pattern, "a".repeat(4096)));
  assert.ok(!whole(pattern, "a".repeat(4096)));
  assert.ok(!words(`*${"a".repeat(300)}b*`, "a".repeat(4096)));
  assert.ok(performance.now() - start < 500, `${performance.now() - start} ms`);
});
