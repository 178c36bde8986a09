import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { type Contender, type Options, readOptions } from "./arguments.ts";
import { deliverToSyncers } from "./deliver-to-syncers.ts";
import { judgeRun, type Verdict } from "./judge-run.ts";
import { calibrate, describeMachine, readSteal, stealBetween } from "./machine.ts";
import { logIn, register, withApi } from "./matrix-api.ts";
import { describeReport, type Run } from "./report.ts";
import type { Stage } from "./run-result.ts";
import { sendToOneRoom } from "./send-one-room.ts";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "failed");

/** Accounts are made once and serve all runs: hashing their passwords is not what is measured here. */
async function prepare({ target, pids, accounts, registrationToken }: Contender, members: number): Promise<Stage> {
  const names = randomBytes(4).toString("hex");
  const password = randomBytes(18).toString("base64url");
  const tokens = await withApi(target, async (api) => {
    const all: string[] = [];
    for (let member = 0; member <= members; member += 1) {
      const account = accounts?.[member];
      all.push(
        account === undefined
          ? await register(api, `bench-${names}-${member}`, password, registrationToken)
          : await logIn(api, account.user, account.password),
      );
    }
    return all;
  });
  return { target, pids, tokens };
}

type Step = Pick<Run, "workload" | "setting" | "repetition"> & { contender: Contender };

/** All targets at one setting before the next setting, and every setting once before the next repetition: A B A B, never A A B B. */
function* planRuns(options: Options): Generator<Step> {
  for (let repetition = 1; repetition <= options.repeat; repetition += 1) {
    for (const workload of options.workloads) {
      for (const setting of workload === "W1b" ? options.concurrency : options.rates) {
        for (const contender of options.contenders) yield { workload, setting, repetition, contender };
      }
    }
  }
}

async function runStep({ workload, setting }: Step, stage: Stage, options: Options): Promise<Verdict> {
  try {
    // In W1b there are just the members; W3a has one more, who sends and does not sync.
    const measurement =
      workload === "W1b"
        ? await sendToOneRoom({ ...stage, tokens: stage.tokens.slice(0, options.members) }, setting, options)
        : await deliverToSyncers(stage, setting, options);
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
  for (const contender of options.contenders) stages.set(contender, await prepare(contender, options.members));
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
  const { members, warmUpSeconds, seconds, repeat, payload } = options;
  const conditions = { members, warmUpSeconds, seconds, repeat, payload };
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
