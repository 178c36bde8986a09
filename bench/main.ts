import { writeFileSync } from "node:fs";
import { openAccounts } from "./accounts.ts";
import { accountsFor, type Contender, type Options, readOptions, type Workload } from "./arguments.ts";
import { deliverToSyncers } from "./deliver-to-syncers.ts";
import { joinCrowd } from "./join-crowd.ts";
import { judgeRun, type Verdict } from "./judge-run.ts";
import { calibrate, describeMachine, readSteal, stealBetween } from "./machine.ts";
import { describeReport, type Run } from "./report.ts";
import type { Measurement, Stage } from "./run-result.ts";
import { sendToOneRoom } from "./send-one-room.ts";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "failed");

async function prepare({ target, pids, accounts, registrationToken }: Contender, count: number): Promise<Stage> {
  return { target, pids, tokens: await openAccounts(target, count, accounts, registrationToken) };
}

type Step = Pick<Run, "workload" | "setting" | "repetition"> & { contender: Contender };

/** Connections (W1b), sends per second (W3a, W3c), members of the room (W8). */
function settingsOf(workload: Workload, { concurrency, rates, crowd }: Options): readonly number[] {
  return { W1b: concurrency, W3a: rates, W3c: [1], W8: [crowd] }[workload];
}

/** All targets at one setting before the next setting, and every setting once before the next repetition: A B A B, never A A B B. */
function* planRuns(options: Options): Generator<Step> {
  for (let repetition = 1; repetition <= options.repeat; repetition += 1) {
    for (const workload of options.workloads) {
      for (const setting of settingsOf(workload, options)) {
        for (const contender of options.contenders) yield { workload, setting, repetition, contender };
      }
    }
  }
}

function measure(stage: Stage, workload: Workload, setting: number, options: Options): Promise<Measurement> {
  switch (workload) {
    case "W1b":
      return sendToOneRoom(stage, setting, options);
    case "W3a":
      return deliverToSyncers(stage, setting, options);
    case "W3c":
      return deliverToSyncers(stage, setting, options, { counts: "last" });
    default:
      return joinCrowd(stage);
  }
}

async function runStep({ workload, setting }: Step, stage: Stage, options: Options): Promise<Verdict> {
  try {
    const measurement = await measure(
      { ...stage, tokens: stage.tokens.slice(0, accountsFor(workload, options)) },
      workload,
      setting,
      options,
    );
    return judgeRun(measurement);
  } catch (error) {
    return { refused: [messageOf(error)] };
  }
}

function describeStep({ workload, setting, repetition, contender }: Step, verdict: Verdict): string {
  const result =
    "refused" in verdict
      ? `refused: ${verdict.refused.join("; ")}`
      : `${verdict.figures.perSecond.toFixed(0)}/s, p99 ${verdict.figures.p99.toFixed(2)} ms`;
  return `${workload} ${setting} ${contender.target.name} #${repetition}: ${result}`;
}

async function measureAll(options: Options): Promise<boolean> {
  const machine = describeMachine(options.disk);
  const before = calibrate(options.disk);
  const steal = readSteal();
  const stages = new Map<Contender, Stage>();
  const needed = Math.max(...options.workloads.map((workload) => accountsFor(workload, options)));
  for (const contender of options.contenders) stages.set(contender, await prepare(contender, needed));
  const runs: Run[] = [];
  for (const step of planRuns(options)) {
    const stage = stages.get(step.contender);
    if (stage === undefined) continue;
    const verdict = await runStep(step, stage, options);
    const { workload, setting, repetition, contender } = step;
    runs.push({ workload, setting, target: contender.target.name, durability: contender.durability, repetition, verdict });
    console.error(describeStep(step, verdict));
  }
  const surroundings = { machine, before, after: calibrate(options.disk), steal: stealBetween(steal, readSteal()) };
  const { members, receivers, crowd, warmUpSeconds, seconds, repeat, payload } = options;
  const conditions = { members, receivers, crowd, warmUpSeconds, seconds, repeat, payload };
  console.log(describeReport(runs, surroundings, conditions));
  if (options.jsonFile !== undefined)
    writeFileSync(options.jsonFile, `${JSON.stringify({ ...surroundings, conditions, runs }, undefined, 2)}\n`);
  return runs.every(({ verdict }) => "figures" in verdict);
}

/** Exit code: 0 all runs have figures, 1 at least one was refused, 2 nothing could be measured. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return (await measureAll(readOptions(args))) ? 0 : 1;
  } catch (error) {
    console.error(`bench: ${messageOf(error)}`);
    return 2;
  }
}
