import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom, type SeededRandom } from "@wardroom/testkit";
import type { Membership } from "@wardroom/matrix-core";
import { compileEventFilter } from "@wardroom/spec";
import { createConsumer } from "./consumer.test-support.ts";
import { membershipIn } from "./feed-model.test-support.ts";
import { createHarness, device, type Harness } from "./sync-harness.test-support.ts";

const me = "@me:x";
const others = ["@a:x", "@b:x", "@c:x"];
const roomIds = ["!one", "!two"];

function makeRoom(harness: Harness, random: SeededRandom, roomId: string): void {
  harness.append(roomId, { type: "m.room.create", sender: "@a:x", stateKey: "" });
  harness.member(roomId, "@a:x", "join");
  const visibility = pick(random, ["shared", "joined", "invited", "world_readable"]);
  harness.append(roomId, { type: "m.room.history_visibility", sender: "@a:x", stateKey: "", content: { history_visibility: visibility } });
}

const pick = <T>(random: SeededRandom, list: readonly T[]): T => {
  const index = random.below(list.length);
  assert.ok(index in list);
  // The index is one of the list's own.
  return list[index] as T;
};

/** Some change of the world, with members moving as Matrix lets them move. */
function change(harness: Harness, random: SeededRandom): void {
  const roomId = pick(random, roomIds);
  const membership = (userId: string): Membership => {
    const event = harness.stateAt(roomId, harness.storage.durablePosition()).get(`m.room.member ${userId}`);
    return event === undefined ? "leave" : membershipIn(event);
  };
  const sender = pick(random, [
    "@a:x",
    ...others.filter((userId) => membership(userId) === "join"),
    ...(membership(me) === "join" ? [me] : []),
  ]);
  const roll = random.below(20);
  if (roll < 8) harness.append(roomId, { type: "m.room.message", sender, content: { body: "x" } });
  else if (roll < 11)
    harness.append(roomId, { type: pick(random, ["m.room.topic", "m.room.name"]), sender, stateKey: "", content: { n: roll } });
  else if (roll < 12)
    harness.append(roomId, {
      type: "m.room.history_visibility",
      sender: "@a:x",
      stateKey: "",
      content: { history_visibility: pick(random, ["shared", "joined", "invited"]) },
    });
  else if (roll < 13) harness.receipt(roomId, { userId: sender, eventId: harness.events(roomId).at(-1)?.eventId ?? "$0" });
  else if (roll < 14) harness.type(roomId, random.below(2) === 0 ? [] : [sender]);
  else move(harness, random, roomId, roll < 17 ? me : pick(random, ["@b:x", "@c:x"]), membership);
}

function move(harness: Harness, random: SeededRandom, roomId: string, userId: string, membership: (userId: string) => Membership): void {
  const next: Record<Membership, readonly Membership[]> = {
    join: ["leave", "ban", "join"],
    invite: ["join", "join", "leave", "ban"],
    leave: ["join", "invite", "ban"],
    ban: ["leave"],
    knock: ["leave"],
  };
  const to = pick(random, next[membership(userId)]);
  const byOther = to === "ban" || to === "invite" || membership(userId) === "ban" || (to === "leave" && random.below(2) === 0);
  harness.member(roomId, userId, to, byOther ? "@a:x" : userId, { n: random.below(9) });
}

async function run(seed: number): Promise<void> {
  const random = createSeededRandom(seed);
  const harness = createHarness();
  for (const roomId of roomIds) makeRoom(harness, random, roomId);
  const types = pick(random, [undefined, undefined, undefined, ["m.room.message"], ["m.room.message", "m.room.member"]]);
  const timeline = { limit: 1 + random.below(6), ...(types === undefined ? {} : { types }) };
  const lazy = random.below(2) === 0;
  const useStateAfter = pick(random, [undefined, "unstable"] as const);
  const filter = JSON.stringify({ room: { timeline, state: { lazy_load_members: lazy } } });
  const accepts = compileEventFilter(timeline);
  const consumer = createConsumer(harness, {
    actor: device(me),
    request: { filter, ...(useStateAfter === undefined ? {} : { useStateAfter }) },
    matches: (event) => accepts?.(event) ?? true,
    lazy,
  });
  // The world goes on while an answer is being put together.
  harness.setInterference(() => {
    if (random.below(12) === 0) change(harness, random);
  });
  for (let step = 0; step < 40; step += 1) {
    for (let count = random.below(8); count > 0; count -= 1) change(harness, random);
    await consumer.step(random.below(6) === 0);
  }
  harness.setInterference(() => {});
  await consumer.step(false);
  consumer.checkAll(roomIds);
}

test("a client that loops sees every visible event once and in order, and its state is the room's, whatever happens meanwhile", async () => {
  for (let seed = 1; seed <= 120; seed += 1) {
    await run(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : "?"}`, { cause: error });
    });
  }
});
