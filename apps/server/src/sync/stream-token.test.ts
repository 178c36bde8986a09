import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import { MatrixError } from "#kernel";
import { createStreamTokens } from "./stream-token.ts";

const tokens = createStreamTokens("store one", createSeededRandom(1));

test("a token says what was written into it", () => {
  for (const parts of [
    { position: 0, ephemeral: 0, toDevice: 0, presence: undefined },
    { position: 0, ephemeral: undefined, toDevice: 0, presence: undefined },
    { position: 17, ephemeral: 4, toDevice: 17, presence: 0 },
    { position: 17, ephemeral: undefined, toDevice: 0, presence: undefined },
    { position: 17, ephemeral: 4, toDevice: 16, presence: 9 },
    {
      position: Number.MAX_SAFE_INTEGER,
      ephemeral: Number.MAX_SAFE_INTEGER - 1,
      toDevice: Number.MAX_SAFE_INTEGER,
      presence: Number.MAX_SAFE_INTEGER - 1,
    },
  ]) {
    assert.deepEqual(tokens.parse(tokens.format(parts)), { ...parts, sameBoot: true, sameGeneration: true });
  }
});

test("a token of the first version, which knew no messages to devices, means all up to its position", () => {
  const short = tokens.format({ position: 17, ephemeral: 4 });
  assert.match(short, /^s1_/);
  assert.equal(tokens.parse(short).toDevice, 17);
  assert.equal(tokens.parse(short).presence, undefined);
});

test("a token fits into a URL and into an opaque identifier", () => {
  assert.match(tokens.format({ position: 123, ephemeral: 45 }), /^[0-9A-Za-z._~-]+$/);
});

test("a token of another boot keeps its position, one of another store does not count", () => {
  const token = tokens.format({ position: 5, ephemeral: 2 });
  const rebooted = createStreamTokens("store one", createSeededRandom(2)).parse(token);
  assert.deepEqual([rebooted.sameGeneration, rebooted.sameBoot], [true, false]);
  const restored = createStreamTokens("store two", createSeededRandom(1)).parse(token);
  assert.deepEqual([restored.sameGeneration, restored.sameBoot], [false, false]);
});

test("whatever was not written by this format is refused", () => {
  const good = tokens.format({ position: 5, ephemeral: 2 });
  const long = tokens.format({ position: 5, ephemeral: 2, toDevice: 4 });
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
    `${good}_1_1`,
    long.replace("s2_", "s1_"),
    long.replace("_4_", "_6_"),
    `${long}_1`,
  ];
  for (const token of bad)
    assert.throws(
      () => tokens.parse(token),
      (error) => error instanceof MatrixError && error.code === "M_INVALID_PARAM",
      token,
    );
});
