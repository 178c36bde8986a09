import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeRun, type Verdict } from "./judge-run.ts";
import { describeReport, type Run } from "./report.ts";
import type { Measurement } from "./run-result.ts";

const calibration = { sha256MegabytesPerSecond: 1000, fdatasyncP50Ms: 0.3, load: 0.5 };
const surroundings = {
  machine: { model: "CPU", processors: 2, node: "v26", disk: "/" },
  before: calibration,
  after: calibration,
  steal: 0.01,
};
const conditions = { members: 20, receivers: 1000, crowd: 10_000, warmUpSeconds: 3, seconds: 10, repeat: 3, payload: "S" };

const measurement: Measurement = {
  sends: 4000,
  deliveries: 0,
  latency: { count: 4000, p50: 1, p95: 2, p99: 3, p999: 4, max: 5 },
  clockLatenessMs: undefined,
  cost: { seconds: 2, clientMicros: 400_000, clientShare: 0.2, serverMicros: 1_000_000, steal: 0, load: 1 },
  faults: [],
};

const run = (repetition: number, verdict: Verdict, target = "wardroom"): Run => ({
  workload: "W1b",
  setting: 16,
  target,
  durability: "D2",
  repetition,
  verdict,
});
const faster = (factor: number): Verdict => judgeRun({ ...measurement, sends: measurement.sends * factor });

test("figures are per second of the measured window and per send", () => {
  const verdict = judgeRun(measurement);
  assert.ok("figures" in verdict);
  const { perSecond, serverMicrosPerSend, clientMicrosPerOperation } = verdict.figures;
  assert.deepEqual([perSecond, serverMicrosPerSend, clientMicrosPerOperation], [2000, 250, 100]);
});

test("a run whose gate failed has no figures, only its faults", () => {
  assert.deepEqual(judgeRun({ ...measurement, faults: [{ kind: "lost", count: 3, example: "$x" }] }), { refused: ["3 lost (first: $x)"] });
});

test("a run in which the client used more than 80 % of a core is void", () => {
  const withShare = (clientShare: number): Verdict => judgeRun({ ...measurement, cost: { ...measurement.cost, clientShare } });
  assert.deepEqual(withShare(0.93), { refused: ["void: the client used 93 % of a core"] });
  assert.ok("figures" in withShare(0.8));
});

test("a run that measured nothing has no figures", () => {
  assert.deepEqual(judgeRun({ ...measurement, sends: 0, latency: { ...measurement.latency, count: 0 } }), {
    refused: ["nothing was measured"],
  });
});

test("repetitions are shown as median and range, with the durability beside them", () => {
  const text = describeReport([run(1, faster(1)), run(2, faster(4)), run(3, faster(2))], surroundings, conditions);
  assert.match(text, /\| wardroom \| D2 \| 16 \| 4000 \(2000–8000\) \|/);
  assert.match(text, /SHA-256 1000 → 1000 MB\/s.*fdatasync p50 0\.30 → 0\.30 ms.*load 0\.50 → 0\.50; steal 1\.0 %/);
});

test("one refused repetition withholds the figures of all, and of no other target", () => {
  const refused: Verdict = { refused: ["3 lost (first: $x|y)"] };
  const text = describeReport(
    [run(1, faster(1)), run(1, faster(1), "other"), run(2, refused), run(2, faster(1), "other")],
    surroundings,
    conditions,
  );
  const row = text.split("\n").find((line) => line.startsWith("| wardroom")) ?? "";
  assert.match(row, /\*\*refused\*\* – run 2: 3 lost \(first: \$x\\\|y\)/);
  assert.doesNotMatch(row, /2000/);
  assert.match(text, /\| other \| D2 \| 16 \| 2000 \(2000–2000\) \|/);
});

test("CPU of the server is a dash where nobody said which process it is", () => {
  const verdict = judgeRun({ ...measurement, cost: { ...measurement.cost, serverMicros: undefined } });
  assert.match(describeReport([run(1, verdict)], surroundings, conditions), /\| 3\.00 \| – \| 100 \| 20 % \|/);
});
