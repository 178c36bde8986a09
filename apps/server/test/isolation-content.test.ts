// Words that nobody could guess stand in everything that is not for all. They are searched for in all that people outside can read.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "@wardroom/testkit";
import { bothOf, type PairName } from "./isolation/names.test-support.ts";
import { pairsOf, probes, send } from "./isolation/probe.test-support.ts";
import { readAll } from "./isolation/reads.test-support.ts";
import { buildWorld, type Mark, outside, type Standing, type World } from "./isolation/world.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

let built: World | undefined;
const server = useServer(
  async () => {
    built = await buildWorld(server);
  },
  { WARDROOM_PRESENCE: "on" },
);
function world(): World {
  assert.ok(built);
  return built;
}

/** Names and headers too: a file's name is in one. What was asked for by its name is not told by saying it again. */
const holds = ({ text, headers, asked }: Answer, { word }: Mark): boolean =>
  !decodeURIComponent(asked).includes(word) && (text.includes(word) || [...headers.values()].some((value) => value.includes(word)));

const found = (answers: readonly Answer[]): ReadonlyMap<Mark, string> =>
  new Map(world().marks.flatMap((mark) => answers.filter((answer) => holds(answer, mark)).map((answer) => [mark, answer.asked] as const)));

const describe = (marks: Iterable<Mark>): string[] => [...marks].map(({ word, what }) => `${what} (${word})`).sort();

/** Answers of every endpoint to requests that name what is theirs. */
async function askAll(standing: Standing): Promise<readonly Answer[]> {
  const { people, mine, theirs } = world();
  const answers: Answer[] = [];
  for (const probe of probes) {
    const pairs: readonly PairName[] = pairsOf(probe);
    // Not by alias: it is a public name, and leads to the id of its room.
    for (const pair of probe.declaration.method === "GET" ? pairs.filter((name) => name !== "alias") : [])
      answers.push(await send(server.http(), people[standing], probe, bothOf(pair, mine(standing), theirs(standing))[0]));
  }
  return answers;
}

test("what people in the room have put there is found by the reads of this test", async () => {
  const { owner, member, late, marks, since } = world();
  const answers = [
    ...(await readAll(world(), owner, since.stranger)),
    ...(await readAll(world(), member, since.stranger)),
    ...(await readAll(world(), late, since.stranger)),
  ];
  const seen = found(answers);
  const unseen = marks.filter((mark) => !seen.has(mark) && !/^(redacted words|reason of a report)/.test(mark.what));
  assert.deepEqual(describe(unseen), [], "all but what is for nobody");
});

for (const standing of outside) {
  test(`somebody ${standing} finds what is for them and nothing else`, async () => {
    const { people, marks, since } = world();
    const seen = found([...(await readAll(world(), people[standing], since[standing])), ...(await askAll(standing))]);
    const [mayNot, may] = [
      [...seen].filter(([{ seenBy }]) => !seenBy.includes(standing)),
      marks.filter(({ seenBy }) => seenBy.includes(standing)),
    ];
    assert.deepEqual(
      mayNot.map(([{ what, word }, asked]) => `${what} (${word}) in ${asked}`),
      [],
    );
    assert.deepEqual(describe(may.filter((mark) => !seen.has(mark))), [], "what they may have");
  });
}
