import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { localTime, readTime } from "./read-time.ts";

const NOW = Date.parse("2026-11-25T03:57:30.120Z");

test("how long ago is counted back from now, and never to before 1970", () => {
  assert.equal(readTime("30s", NOW, "begin"), NOW - 30_000);
  assert.equal(readTime("2h", NOW, "begin"), NOW - 7_200_000);
  assert.equal(readTime("7d", NOW, "end"), NOW - 7 * 86_400_000);
  assert.equal(readTime("999999d", NOW, "begin"), 0);
});

test("a time is the one that it names, in the zone that it names or in that of the machine", () => {
  assert.equal(readTime("2026-11-25T03:57:30.120Z", 0, "begin"), NOW);
  assert.equal(readTime("2026-11-25T11:57+08:00", 0, "end"), NOW - 30_120);
  assert.equal(readTime("2026-11-25T08:30", 0, "begin"), new Date(2026, 10, 25, 8, 30).getTime());
});

test("a day begins at its first millisecond and ends with its last, also where the clocks change", () => {
  const script = `
    import { readTime, localTime } from ${JSON.stringify(new URL("read-time.ts", import.meta.url).href)};
    const [begin, end] = ["begin", "end"].map((edge) => readTime("2026-03-29", 0, edge));
    console.log(end + 1 - begin, localTime(begin), localTime(end, true));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], TZ: "Europe/Berlin" },
  });
  assert.equal(stdout, `${23 * 3_600_000} 2026-03-29T00:00:00+01:00 2026-03-29T23:59:59.999+02:00\n`);
});

test("what is no time, or no day of the calendar, is none", () => {
  const wrong = [
    "",
    "yesterday",
    "2h ago",
    "-2h",
    "2w",
    "2026-02-30",
    "2026-13-01",
    "2026-11-25 08:30",
    "2026-11-25T25:00",
    "1960-01-01",
    "1".repeat(40),
  ];
  for (const text of wrong) assert.equal(readTime(text, NOW, "begin"), undefined, text);
  assert.equal(readTime("2028-02-29", NOW, "begin"), new Date(2028, 1, 29).getTime());
});

test("a time is shown so that it reads back as itself", () => {
  for (const time of [0, NOW, NOW + 86_400_000 * 180]) assert.equal(Date.parse(localTime(time, true)), time);
});
