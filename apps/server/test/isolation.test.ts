// Nobody learns of what is not theirs: not even that it is there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, refused } from "@wardroom/testkit";
import { bothOf, type PairName } from "./isolation/names.test-support.ts";
import { plans } from "./isolation/plans.test-support.ts";
import { comparable, isRefusal, pairsOf, type Probe, probes, send } from "./isolation/probe.test-support.ts";
import { changesStanding, oneself, rights } from "./isolation/rights.test-support.ts";
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
const inTheRoom: ReadonlySet<PairName> = new Set(["event in their room", "member of their room"]);
const knowsNothing = (standing: Standing) => standing === "stranger" || standing === "neighbour";

const shown = ({ asked, status, text }: Answer): string => `  ${asked}\n  ${status} ${text.slice(0, 300)}`;

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
    else failures.push(`${standing}, ${pair}:\n${[one, other].map(shown).join("\n")}`);
  };
  for (const standing of outside)
    for (const probe of probes)
      for (const pair of pairsOf(probe)) if (knowsNothing(standing) || inTheRoom.has(pair)) await compare(standing, probe, pair);
  assert.deepEqual(failures, [], failures.join("\n"));
  const stated = Object.entries(plans).flatMap(([name, { tells }]) => Object.keys(tells).map((pair) => `${name}: ${pair}`));
  assert.deepEqual(
    stated.filter((exception) => !told.has(exception)),
    [],
    "every stated exception is one",
  );
  assert.deepEqual(await holdings(world()), before, "and nothing of theirs has changed");
});

test("no endpoint of a room gives anything to, or takes anything from, those who are not in it", async () => {
  const { people, mine, theirs, roots } = world();
  const before = await holdings(world());
  const [failures, used] = [new Array<string>(), new Set<string>()];
  for (const standing of outside) {
    for (const probe of probes) {
      const { endpoint, declaration } = probe;
      if (!/\{roomId(OrAlias)?\}/.test(declaration.path) || changesStanding(standing, endpoint)) continue;
      const [own, other] = [mine(standing), theirs(standing)];
      // About themselves and an event of before some of them left, then about somebody who is in the room and what was said last.
      for (const [user, event] of [
        [own.user, roots[0] ?? ""],
        [other.user, other.event],
      ] as const) {
        const answer = await send(server.http(), people[standing], probe, {
          ...own,
          room: other.room,
          event,
          alias: other.alias,
          user,
        });
        if (isRefusal(answer)) continue;
        if (rights[standing][endpoint] === undefined) failures.push(`${standing}:\n${shown(answer)}`);
        used.add(`${standing}: ${endpoint}`);
      }
    }
  }
  assert.deepEqual(failures, [], failures.join("\n"));
  const stated = outside.flatMap((standing) =>
    Object.keys(rights[standing])
      .filter((name) => !(name in oneself))
      .map((name) => `${standing}: ${name}`),
  );
  assert.deepEqual(
    stated.filter((right) => !used.has(right)),
    [],
    "every stated right is one",
  );
  assert.deepEqual(await holdings(world()), before, "and nothing in the room has changed");
});

/** Endpoints that show something of another person on purpose. */
const openToOthers: Readonly<Record<string, string>> = {
  getUserProfile: "profiles are public within the server",
  getProfileField: "profiles are public within the server",
  getPresence: "answers without telling anything to strangers",
  reportUser: "whoever met a person anywhere may report them",
};

test("no endpoint of a person serves another person, not even one with whom they share a room", async () => {
  const { people, member, owner, mine } = world();
  const before = await holdings(world());
  const own = mine("stranger");
  for (const probe of probes.filter(({ declaration }) => declaration.path.includes("{userId}"))) {
    if (probe.endpoint in openToOthers) continue;
    for (const [who, whose] of [
      [people.stranger, owner],
      [owner, member],
    ] as const)
      refused(await send(server.http(), who, probe, { ...own, user: whose.userId, room: world().rooms.den }), 403, "M_FORBIDDEN");
  }
  assert.deepEqual(await holdings(world()), before);
});
