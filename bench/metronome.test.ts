import assert from "node:assert/strict";
import { test } from "node:test";
import { startMetronome } from "./metronome.ts";

test("every beat comes once, in order and never before it is due, though one beat takes longer than the interval", async () => {
  const beats: number[] = [];
  const metronome = startMetronome(5, 2, 20, (beat) => {
    assert.ok(performance.now() >= metronome.dueAt(beat));
    beats.push(beat);
    const until = performance.now() + (beat === 5 ? 15 : 0);
    while (performance.now() < until);
  });
  await metronome.ended;
  assert.deepEqual(beats, [...Array.from({ length: 20 }).keys()]);
});

test("a stopped metronome beats no more", async () => {
  const beats: number[] = [];
  const metronome = startMetronome(1, 1, 1000, (beat) => {
    beats.push(beat);
    if (beat === 2) metronome.stop();
  });
  await metronome.ended;
  assert.deepEqual(beats, [0, 1, 2]);
});
