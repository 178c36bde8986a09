import assert from "node:assert/strict";
import { test } from "node:test";
import type { MediaPorts } from "./contract.ts";
import { createMayRead } from "./may-read.ts";
import type { ReferenceRow, ReferenceStore } from "./reference-store.ts";

const OWNER = "@owner:test";
const media = { media_id: "m", owner: OWNER, file_id: "f", sealed: null, created_at: 0, expires_at: null };

interface World {
  /** Members of each room, who see all of it. */
  readonly rooms: Readonly<Record<string, readonly string[]>>;
  readonly rows: readonly ReferenceRow[];
  readonly avatar?: string;
}

/** `sender` names the file in `room`, at the place in the list. */
const row = (position: number, sender: string, room: string, redactedAt: number | null = null): ReferenceRow => ({
  media_id: "m",
  event_id: `$${position}`,
  room_id: room,
  sender,
  position,
  redacted_at: redactedAt,
});

function judge({ rooms, rows, avatar }: World, access: "rooms" | "accounts" = "rooms") {
  let asked = 0;
  const isIn = (userId: string, room: string) => (rooms[room] ?? []).includes(userId);
  const ports: MediaPorts = {
    async maySee(userId, roomId) {
      asked += 1;
      return isIn(userId, roomId);
    },
    roomsOf: async (userId) => ({ has: (room) => isIn(userId, room) }),
    shareRoom: async (one, other) => Object.values(rooms).some((members) => members.includes(one) && members.includes(other)),
    avatarOf: async () => avatar,
    noteRead: () => undefined,
  };
  const references = {
    listOfOwner: async (_: string, owner: string, limit: number) => rows.filter(({ sender }) => sender === owner).slice(0, limit),
    listOfOthers: async (_: string, owner: string, limit: number) => rows.filter(({ sender }) => sender !== owner).slice(0, limit),
  };
  // Proven by the calls of the code under test: it only reads.
  const mayRead = createMayRead({ references: references as unknown as ReferenceStore, ports, access, serverName: "test" });
  return { may: async (userId: string) => (await mayRead(userId, media)) !== undefined, asked: () => asked };
}

test("a file passed on from room to room is for everybody along the way, as long as each could see it before", async () => {
  const rooms = { r1: [OWNER, "a"], r2: ["a", "b"], r3: ["b", "c"], r4: ["d", "e"] };
  const chain = judge({ rooms, rows: [row(1, OWNER, "r1"), row(2, "a", "r2"), row(3, "b", "r3"), row(4, "d", "r4")] });
  for (const who of [OWNER, "a", "b", "c"]) assert.equal(await chain.may(who), true, who);
  for (const who of ["d", "e", "x"]) assert.equal(await chain.may(who), false, who);
  const early = judge({ rooms, rows: [row(1, "b", "r3"), row(2, OWNER, "r1"), row(3, "a", "r2")] });
  assert.deepEqual(
    [await early.may("b"), await early.may("c")],
    [true, false],
    "what was named before one could see it counts for nothing",
  );
});

test("two who name a file to each other do not make each other's word count", async () => {
  const world = judge({
    rooms: { r1: [OWNER], r2: ["a", "b"] },
    rows: [row(1, OWNER, "r1"), row(2, "a", "r2"), row(3, "b", "r2"), row(4, "a", "r2")],
  });
  assert.deepEqual([await world.may("a"), await world.may("b")], [false, false]);
});

test("what was redacted lets nobody in, keeps what was passed on before, and stops what comes after", async () => {
  const rooms = { r1: [OWNER, "a"], r2: ["a", "b"], r3: [OWNER, "z"] };
  const before = judge({ rooms, rows: [row(1, OWNER, "r1", 3), row(2, "a", "r2")] });
  assert.deepEqual([await before.may("a"), await before.may("b"), await before.may("z")], [true, true, false]);
  const after = judge({ rooms, rows: [row(1, OWNER, "r1", 2), row(3, "a", "r2")] });
  assert.deepEqual([await after.may("a"), await after.may("b"), await after.may("z")], [false, false, false]);
});

test("a file that its owner never named is for those in a room with them; a stranger's word does not change that", async () => {
  const rooms = { r1: [OWNER, "a"], r2: ["t", "u"] };
  const world = judge({ rooms, rows: [row(1, "t", "r2")] });
  assert.deepEqual([await world.may("a"), await world.may("t"), await world.may("u")], [true, false, false]);
});

test("the owner's present picture is for everybody, and by configuration so is everything", async () => {
  const world: World = { rooms: { r1: [OWNER] }, rows: [row(1, OWNER, "r1")] };
  assert.equal(await judge(world).may("x"), false);
  assert.equal(await judge({ ...world, avatar: "mxc://test/m" }).may("x"), true);
  assert.equal(await judge({ ...world, avatar: "mxc://test/other" }).may("x"), false);
  assert.equal(await judge({ ...world, avatar: "mxc://elsewhere/m" }).may("x"), false);
  assert.equal(await judge(world, "accounts").may("x"), true);
});

test("ten thousand events that name a file cost no more than a few hundred questions, and one right is still found", async () => {
  const many = Array.from({ length: 10_000 }, (_, index) => row(index + 2, `t${index}`, `lair${index % 500}`));
  const lairs = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`lair${index}`, many.map(({ sender }) => sender)]));
  const world = judge({ rooms: { r1: [OWNER, "a"], ...lairs }, rows: [row(1, OWNER, "r1"), ...many] });
  assert.deepEqual([await world.may("t1"), await world.may("x")], [false, false]);
  assert.ok(world.asked() <= 1100, `${world.asked()}`);
  assert.equal(await world.may("a"), true);
});
