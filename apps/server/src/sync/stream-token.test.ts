import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import { MatrixError } from "#kernel";
import { createStreamTokens } from "./stream-token.ts";

const tokens = createStreamTokens("store one", createSeededRandom(1));

test("a token says what was written into it", () => {
  for (const [position, ephemeral] of [
    [0, 0],
    [0, undefined],
    [17, 4],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1],
  ] as const) {
    assert.deepEqual(tokens.parse(tokens.format(position, ephemeral)), { position, ephemeral, sameBoot: true, sameGeneration: true });
  }
});

test("a token fits into a URL and into an opaque identifier", () => {
  assert.match(tokens.format(123, 45), /^[0-9A-Za-z._~-]+$/);
});

test("a token of another boot keeps its position, one of another store does not count", () => {
  const token = tokens.format(5, 2);
  const rebooted = createStreamTokens("store one", createSeededRandom(2)).parse(token);
  assert.deepEqual([rebooted.sameGeneration, rebooted.sameBoot], [true, false]);
  const restored = createStreamTokens("store two", createSeededRandom(1)).parse(token);
  assert.deepEqual([restored.sameGeneration, restored.sameBoot], [false, false]);
});

test("whatever was not written by this format is refused", () => {
  const good = tokens.format(5, 2);
  const bad = [
    "",
    "s1",
    "5",
    "s72594_4483_1934",
    good.replace("s1_", "s2_"),
    `${good} `,
    `${good}\n`,
    ` ${good}`,
    good.toUpperCase(),
    good.replace("_5_", "_05_"),
    good.replace("_5_", "_-5_"),
    good.replace("_5_", "_5.0_"),
    good.replace("_5_", "_5e3_"),
    good.replace("_5_", "_0x5_"),
    good.replace("_5_", "_٥_"),
    good.replace("_5_", "_9007199254740992_"),
    good.replace("_5_", `_${"9".repeat(400)}_`),
    `${good}_1`,
  ];
  for (const token of bad)
    assert.throws(
      () => tokens.parse(token),
      (error) => error instanceof MatrixError && error.code === "M_INVALID_PARAM",
      token,
    );
});
