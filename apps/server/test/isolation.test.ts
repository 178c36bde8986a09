// Nobody learns of what is not theirs: not even that it is there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bothOf, type PairName } from "./isolation/names.test-support.ts";
import { plans } from "./isolation/plans.test-support.ts";
import { comparable, pairsOf, type Probe, probes, send } from "./isolation/probe.test-support.ts";
import { buildWorld, holdings, outside, type Standing, type World } from "./isolation/world.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

let built: World | undefined;
const server = useServer(async () => {
  built = await buildWorld(server);
});
function world(): World {
  assert.ok(built);
  return built;
}

/** Pairs that make sense for people who know the room: the others are asked by those who do not. */
const inTheRoom: readonly PairName[] = ["event in their room", "member of their room"];
const knowsNothing = (standing: Standing) => standing === "stranger" || standing === "neighbour";

test("what exists but is another's answers exactly like what does not exist, in every endpoint and standing", async () => {
  const { people, mine, theirs } = world();
  const before = await holdings(world());
  const [failures, told] = [new Array<string>(), new Set<string>()];
  const compare = async (standing: Standing, probe: Probe, pair: PairName) => {
    const [real, unreal] = bothOf(pair, mine(standing), theirs(standing));
    const [one, other] = [
      await send(server.http(), people[standing], probe, real),
      await send(server.http(), people[standing], probe, unreal),
    ];
    if (comparable(one, real) === comparable(other, unreal)) return;
    const reason = plans[probe.endpoint].tells[pair];
    const isTold = typeof reason === "object" ? reason.to === standing : reason !== undefined;
    if (isTold) told.add(`${probe.endpoint}: ${pair}`);
    else {
      if (process.env["DBG"]) console.log(comparable(one, real).slice(0, 6000), "\n-----\n", comparable(other, unreal).slice(0, 6000));
      failures.push(
        `${standing}, ${pair}: ${one.asked}\n  ${one.status} ${one.text.slice(0, 300)}\n  ${other.asked}\n  ${other.status} ${other.text.slice(0, 300)}`,
      );
    }
  };
  for (const standing of outside)
    for (const probe of probes)
      for (const pair of pairsOf(probe)) if (knowsNothing(standing) || inTheRoom.includes(pair)) await compare(standing, probe, pair);
  assert.deepEqual(failures, [], failures.join("\n"));
  const stated = Object.entries(plans).flatMap(([name, { tells }]) => Object.keys(tells).map((pair) => `${name}: ${pair}`));
  assert.deepEqual(
    stated.filter((exception) => !told.has(exception)),
    [],
    "every stated exception is one",
  );
  assert.deepEqual(await holdings(world()), before, "and nothing of theirs has changed");
});
