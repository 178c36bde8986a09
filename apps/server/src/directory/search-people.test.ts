import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identity } from "#identity";
import type { PeopleFeed, RoomFeed } from "#rooms";
import { createPeopleIndex } from "./people-index.ts";
import { createSearchPeople } from "./search-people.ts";

const actor = { userId: "@me:test", deviceId: "PHONE", isAdmin: false };
const id = (name: string) => `@${name}:test`;

interface House {
  readonly search: (term: string, limit?: number) => Promise<{ readonly found: readonly string[]; readonly limited: boolean }>;
  readonly load: () => Promise<void>;
  readonly join: (name: string, isJoined: boolean) => void;
  readonly rename: (name: string, to: string | undefined) => void;
  readonly deactivate: (name: string) => void;
}

/** @param duringLoad runs after the store was asked and before it has answered */
function makeHouse(names: readonly string[], duringLoad: (house: House) => void = () => {}): House {
  const inactive = new Set<string>();
  const memberships: Parameters<PeopleFeed["onMembership"]>[0][] = [];
  const renames: Parameters<PeopleFeed["onName"]>[0][] = [];
  const feed: PeopleFeed = {
    listNames: async () => ({ rows: names.map((name) => ({ userId: id(name), name: `Old ${name}` })), next: undefined }),
    async listJoined() {
      duringLoad(house);
      return names.map((name) => ({ userId: id(name), roomId: "!room" }));
    },
    onMembership: (listener) => void memberships.push(listener),
    onName: (listener) => void renames.push(listener),
  };
  const accounts = names.map((name) => ({ userId: id(name), isAdmin: false, state: "active" as const, createdAt: 0 }));
  const identity: Pick<Identity, "listAccounts" | "onAccountCreated" | "isActive"> = {
    listAccounts: async () => accounts,
    onAccountCreated: () => {},
    isActive: async (userId) => !inactive.has(userId),
  };
  const index = createPeopleIndex({ feed, identity, withRooms: true });
  const own = new Map([["!room", { roomId: "!room", membership: "join" as const, sender: "", position: 1, forgotten: false }]]);
  // Proven by the test alone: nothing else of the feed is asked for.
  const roomFeed = { membershipsOf: async () => own } as unknown as RoomFeed;
  const rooms = { feed: roomFeed, getProfile: async () => ({}) };
  const searchPeople = createSearchPeople({ index, rooms, identity, serverName: "test", searches: "shared-rooms" });
  const house: House = {
    load: () => index.load(),
    async search(term, limit = 10) {
      const { results, limited } = await searchPeople(actor, { term, limit });
      return { found: results.map(({ userId }) => userId), limited };
    },
    join(name, isJoined) {
      for (const listener of memberships) listener(id(name), "!room", isJoined);
    },
    rename(name, to) {
      for (const listener of renames) listener(id(name), to);
    },
    deactivate: (name) => void inactive.add(id(name)),
  };
  return house;
}

test("an account that was deactivated is not found, does not count as one left out, and makes room for the next", async () => {
  const house = makeHouse(["a1", "a2", "a3"]);
  house.deactivate("a1");
  assert.deepEqual(await house.search("a", 2), { found: [id("a2"), id("a3")], limited: false });
  assert.deepEqual(await house.search("@a1:test"), { found: [], limited: false });
});

test("what is committed while the store is read is not overwritten by what was read", async () => {
  const house = makeHouse(["anna", "berta"], ({ join, rename }) => {
    join("anna", false);
    rename("berta", "New");
  });
  await house.load();
  assert.deepEqual((await house.search("anna")).found, []);
  assert.deepEqual((await house.search("old berta")).found, []);
  assert.deepEqual((await house.search("new")).found, [id("berta")]);
});

test("a join that is told twice is one, so that one leave ends it", async () => {
  const house = makeHouse(["anna"], ({ join }) => join("anna", true));
  await house.load();
  house.join("anna", true);
  house.join("anna", false);
  assert.deepEqual((await house.search("anna")).found, []);
});
