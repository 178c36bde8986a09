// Random histories of a room, followed by five people in five ways, and held against what the specification lets each of them see.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom, ok, route, type SeededRandom, type Session } from "@wardroom/testkit";
import { act, history, join, leave, makeRoom, nextTransaction, redact, say, setState } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { Follower, type Mode } from "./sync-follower.test-support.ts";
import { Reference } from "./sync-reference.test-support.ts";

const server = useServer();
const SEEDS = [1, 2, 3, 4];
const STEPS = 200;
const modes: readonly Mode[] = [
  { limit: 100, lazy: false, stateAfter: false },
  { limit: 3, lazy: false, stateAfter: false },
  { limit: 2, lazy: true, stateAfter: false },
  { limit: 3, lazy: false, stateAfter: true },
  { limit: 4, lazy: true, stateAfter: true },
];

interface World {
  readonly random: SeededRandom;
  readonly people: readonly Session[];
  readonly owner: Session;
  readonly room: string;
  readonly reference: Reference;
}

function pick<T>({ random }: Pick<World, "random">, list: readonly T[]): T {
  const found = list[random.below(list.length)];
  assert.ok(found !== undefined, "nothing to pick from");
  return found;
}

const membershipOf = ({ reference }: World, who: Session) => reference.membership(who.userId, reference.count);
const joinedOf = (world: World) => world.people.filter((who) => membershipOf(world, who) === "join");

/** Adds a person's membership as the owner's client sees it: the acts themselves tell no event id. */
async function noteMember({ owner, room, reference }: World, who: Session): Promise<void> {
  reference.addJson(ok(await owner.get(route`/rooms/${room}/state/m.room.member/${who.userId}`, { format: "event" })));
}

async function speak(world: World): Promise<void> {
  const who = pick(world, joinedOf(world));
  const body = `word ${world.reference.count}`;
  const id = await say(who, world.room, body);
  world.reference.add({ id, type: "m.room.message", sender: who.userId, key: undefined, content: { msgtype: "m.text", body } });
}

async function setRoom({ owner, room, reference, random }: World): Promise<void> {
  const type = random.below(2) === 0 ? "m.room.name" : "m.room.topic";
  const content = { [type === "m.room.name" ? "name" : "topic"]: `text ${reference.count}` };
  reference.add({ id: await setState(owner, room, type, content), type, sender: owner.userId, key: "", content });
}

async function setVisibility(world: World): Promise<void> {
  const { owner, room, reference } = world;
  const content = { history_visibility: pick(world, ["shared", "joined", "invited", "world_readable"]) };
  const before = reference.stateAt(reference.count).get("m.room.history_visibility|");
  // The same once more would be no new event.
  if (JSON.stringify(before?.content) === JSON.stringify(content)) return;
  const type = "m.room.history_visibility";
  reference.add({ id: await setState(owner, room, type, content), type, sender: owner.userId, key: "", content });
}

async function move(world: World): Promise<void> {
  const { owner, room } = world;
  const who = pick(world, world.people.slice(1));
  const rename = () =>
    setState(who, room, "m.room.member", { membership: "join", displayname: `name ${world.reference.count}` }, who.userId);
  const moves: Readonly<Record<string, readonly (() => Promise<unknown>)[]>> = {
    none: [() => join(who, room), () => join(who, room), () => act(owner, "invite", room, who)],
    leave: [() => join(who, room), () => join(who, room), () => act(owner, "invite", room, who), () => act(owner, "ban", room, who)],
    invite: [() => join(who, room), () => leave(who, room), () => act(owner, "kick", room, who), () => act(owner, "ban", room, who)],
    join: [() => leave(who, room), () => act(owner, "kick", room, who), () => act(owner, "ban", room, who), rename],
    ban: [() => act(owner, "unban", room, who)],
  };
  await pick(world, moves[membershipOf(world, who)] ?? [])();
  await noteMember(world, who);
}

async function takeBack(world: World): Promise<void> {
  const { owner, room, reference } = world;
  const standing = reference.events.filter(({ type, redactedBy }) => type === "m.room.message" && redactedBy === undefined);
  if (standing.length === 0) return;
  const target = pick(world, standing.slice(-8));
  const id = await redact(owner, room, target.id);
  target.redactedBy = reference.add({ id, type: "m.room.redaction", sender: owner.userId, key: undefined, content: {} });
}

async function read(world: World): Promise<void> {
  const { room, reference } = world;
  const who = pick(world, joinedOf(world));
  const type = pick(world, ["m.read", "m.read.private"] as const);
  const target = pick(world, reference.visible(who.userId, Math.max(0, reference.count - 12), reference.count));
  ok(await who.post(route`/rooms/${room}/receipt/${type}/${target}`));
  reference.read(who.userId, type, reference.number(target));
}

function happen(world: World): Promise<void> {
  const roll = world.random.below(20);
  if (roll < 7) return speak(world);
  if (roll < 9) return setRoom(world);
  if (roll < 11) return setVisibility(world);
  if (roll < 16) return move(world);
  return roll < 17 ? takeBack(world) : read(world);
}

async function makeWorld(seed: number): Promise<World> {
  const random = createSeededRandom(`sync model ${seed}`);
  const people = await server.people(...["owner", "a", "b", "c", "d"].map((name) => `m${seed}-${name}`));
  const [owner] = people;
  assert.ok(owner !== undefined);
  const room = await makeRoom(owner, { preset: "public_chat", name: nextTransaction() });
  // As many as a summary names, so that under lazy loading the five are known for their words alone.
  for (const silent of await server.people("s1", "s2", "s3", "s4", "s5")) await join(silent, room);
  const reference = new Reference();
  for (const event of await history(owner, room, { dir: "f" })) reference.addJson(event);
  return { random, people, owner, room, reference };
}

for (const seed of SEEDS) {
  test(`each of five people sees of a random history what they may, all of it and nothing else, however they sync (${seed})`, async () => {
    const world = await makeWorld(seed);
    const { random, people, room, reference } = world;
    const followers = people.map((who, index) => new Follower(who, room, reference, pick({ random: fixed(index + seed) }, modes)));
    for (let step = 0; step < STEPS; step += 1) {
      await happen(world);
      for (const follower of followers) {
        if (random.below(6) === 0) await follower.step(random.below(5) === 0);
        else if (random.below(60) === 0) await follower.stepAfresh(random.below(2) === 0);
      }
    }
    for (const follower of followers) await follower.step();
    for (const follower of followers) await follower.step();
    for (const who of people)
      for (const mode of modes)
        for (const includeLeave of [false, true]) await new Follower(who, room, reference, mode).stepAfresh(includeLeave);
  });
}

/** Each person has a way of their own, another one with each seed. */
const fixed = (index: number): SeededRandom => ({ bytes: () => new Uint8Array(0), below: (limit) => index % limit });
