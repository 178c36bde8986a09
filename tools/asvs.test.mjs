// docs/asvs.md and docs/log-inventory.md against the code: pages that claim what is no longer so are worse than none.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { test } from "node:test";

const page = readFileSync("docs/asvs.md", "utf8");
const inventory = readFileSync("docs/log-inventory.md", "utf8");

/** Chapter V16 of ASVS 5.0. */
const requirements = Object.entries({ 16.1: 1, 16.2: 5, 16.3: 4, 16.4: 3, 16.5: 4 }).flatMap(([section, count]) =>
  Array.from({ length: count }, (_, index) => `${section}.${index + 1}`),
);

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** What a template fills in may be anything that is not empty. */
function patternOf(quote, text) {
  const parts = quote === "`" ? text.split(/\$\{[^}]*\}/) : [text];
  return new RegExp(`^${parts.map(escape).join(".+")}$`);
}

/** One pattern for the name of each test of a file. */
function patternsOf(file) {
  const source = readFileSync(file, "utf8");
  return [...source.matchAll(/\btest\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g)].map(([, quote, name]) => patternOf(quote, name));
}

test("every test that docs/asvs.md names exists", () => {
  const named = [...page.matchAll(/^- `([^`]+)`: "(.+)"$/gm)];
  assert.equal(named.length, page.match(/^- /gm)?.length, "a point of the page does not name a file and a test");
  const gone = named.filter(([, file, name]) => !existsSync(file) || !patternsOf(file).some((pattern) => pattern.test(name)));
  assert.deepEqual(
    gone.map(([, file, name]) => `${file}: ${name}`),
    [],
  );
});

test("docs/asvs.md has each requirement of the chapter once, with a verdict and at least one test", () => {
  const parts = page.split(/^### /m).slice(1);
  assert.deepEqual(
    parts.map((part) => part.slice(0, part.indexOf(" "))),
    requirements,
  );
  for (const part of parts) {
    const [title = ""] = part.split("\n");
    assert.match(title, /^16\.\d\.\d \(L[23]\) /);
    assert.match(part, /^\n?(?:Met|Partly|Not met|Not ours)[.:]/m, title);
    assert.match(part, /^- `/m, title);
  }
});

const sources = (pattern) => globSync(pattern).filter((file) => !/\.test(-support)?\.ts$/.test(file));

/** Level and message, as a pattern, of each call of the logger whose message is written where it is called. */
function messagesIn(source) {
  return [...source.matchAll(/\blog\.(info|warn|error)\(/g)].flatMap((call) => {
    let end = call.index + call[0].length;
    for (let open = 1; open > 0 && end < source.length; end += 1) open += source[end] === "(" ? 1 : source[end] === ")" ? -1 : 0;
    const [, quote, message] = /(["`])([^"`]*)\1\s*,?\s*$/.exec(source.slice(call.index, end - 1)) ?? [];
    return message === undefined ? [] : [{ level: call[1], message, pattern: patternOf(quote, message) }];
  });
}

test("every message of the operational log stands in the log inventory with its level, and none that is gone", () => {
  const text = sources("apps/server/src/**/*.ts").map((file) => readFileSync(file, "utf8"));
  const calls = text.flatMap(messagesIn);
  const rows = [...inventory.matchAll(/^\| (info|warn|error) \| ([^|]+) \|/gm)].map(([, level, message]) => ({ level, message }));
  assert.ok(calls.length > 20, "the calls of the logger are no longer found");
  const belongs = (call, row) => call.level === row.level && call.pattern.test(row.message);
  const missing = calls.filter((call) => !rows.some((row) => belongs(call, row)));
  // A message may also be handed to the call in a variable.
  const gone = rows.filter(
    (row) => !calls.some((call) => belongs(call, row)) && !text.some((source) => source.includes(`"${row.message}"`)),
  );
  assert.deepEqual({ missing: missing.map(({ message }) => message), gone: gone.map(({ message }) => message) }, { missing: [], gone: [] });
});

test("only the logger writes to the standard streams, and only it knows the log library", () => {
  const files = sources(["apps/server/src/**/*.ts", "packages/{crypto,matrix-core,merkle-log,spec}/src/**/*.ts"]);
  assert.ok(files.length > 200);
  const writers = files.filter((file) =>
    /\bconsole\.|process\.(?:stdout|stderr)\b|from "pino"|\bdest: [12]\b/.test(readFileSync(file, "utf8")),
  );
  assert.deepEqual(writers, ["apps/server/src/create-logger.ts"]);
});
