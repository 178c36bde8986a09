import { test } from "node:test";
import { authorise, findRoomVersion, roomVersions } from "./index.ts";
import type { JsonObject, JsonValue, Pdu, RoomVersion, Verdict } from "./index.ts";
import { alice, assertAllowed, assertRefused, bob, eventIdNumber, makeRoom } from "./room.test-support.ts";

const emptyState = { get: () => undefined };

interface Changes {
  readonly content?: JsonObject;
  readonly sender?: string;
  readonly room_id?: string;
  readonly prev_events?: readonly string[];
  readonly auth_events?: readonly string[];
}

const contentFor = (version: RoomVersion): JsonObject =>
  version.id === "10" ? { room_version: "10", creator: alice } : { room_version: version.id };

const createEvent = (version: RoomVersion, changes: Changes = {}): Pdu => ({
  type: "m.room.create",
  state_key: "",
  sender: alice,
  ...(version.roomIdIsCreateHash ? {} : { room_id: "!room:example.org" }),
  content: contentFor(version),
  origin_server_ts: 1,
  depth: 1,
  prev_events: [],
  auth_events: [],
  hashes: { sha256: "" },
  ...changes,
});

const judge = (version: RoomVersion, changes?: Changes): Verdict => authorise(createEvent(version, changes), emptyState, version);

for (const version of roomVersions) {
  const room = makeRoom(version);
  const name = `version ${version.id}`;

  test(`${name}: a create event that comes first is allowed, one after another event is not`, () => {
    assertAllowed(judge(version));
    assertRefused(room, judge(version, { prev_events: [eventIdNumber(1)] }), "create.not-first");
  });

  test(`${name}: a create event has no auth_events`, () => {
    assertRefused(room, judge(version, { auth_events: [eventIdNumber(1)] }), "create.auth-events");
  });

  test(`${name}: the room version named must be known and be the one whose rules judge`, () => {
    const content = contentFor(version);
    const other = version.id === "11" ? "12" : "11";
    assertRefused(room, judge(version, { content: { ...content, room_version: "constructor" } }), "create.room-version");
    assertRefused(room, judge(version, { content: { ...content, room_version: Number(version.id) } }), "create.room-version");
    assertRefused(room, judge(version, { content: { ...content, room_version: other } }), "create.other-version");
    const { room_version: _, ...unnamed } = content;
    assertRefused(room, judge(version, { content: unnamed }), "create.other-version");
  });

  test(`${name}: the sender is a user id`, () => {
    assertRefused(room, judge(version, { sender: "alice" }), "format.sender");
  });
}

for (const version of roomVersions.filter(({ roomIdIsCreateHash }) => !roomIdIsCreateHash)) {
  const room = makeRoom(version);

  test(`version ${version.id}: the room id belongs to the sender's server`, () => {
    assertAllowed(judge(version, { room_id: "!other:example.org" }));
    assertRefused(room, judge(version, { room_id: "!room:elsewhere.example" }), "create.room-domain");
    assertRefused(room, judge(version, { room_id: "!example.org" }), "create.room-domain");
    const { room_id: _, ...homeless } = createEvent(version);
    assertRefused(room, authorise(homeless, emptyState, version), "create.room-domain");
  });

  test(`version ${version.id}: additional_creators mean nothing and are not judged`, () => {
    assertAllowed(judge(version, { content: { ...contentFor(version), additional_creators: 7 } }));
  });
}

test("version 10: the content names a creator, of its own and not by inheritance; later versions need none", () => {
  const version = findRoomVersion("10");
  const eleven = findRoomVersion("11");
  if (version === undefined || eleven === undefined) throw new TypeError("a version is missing");
  assertRefused(makeRoom(version), judge(version, { content: { room_version: "10" } }), "create.creator-missing");
  assertAllowed(judge(eleven, { content: { room_version: "11" } }));
});

test("version 12: the create event names no room", () => {
  const version = findRoomVersion("12");
  if (version === undefined) throw new TypeError("version 12 is missing");
  assertRefused(makeRoom(version), judge(version, { room_id: "!room:example.org" }), "create.room-id");
});

test("version 12: additional_creators is a list of user ids", () => {
  const version = findRoomVersion("12");
  if (version === undefined) throw new TypeError("version 12 is missing");
  const withCreators = (creators: JsonValue): Verdict => judge(version, { content: { room_version: "12", additional_creators: creators } });
  for (const creators of [[], [bob], [bob, "@x:[::1]:8448"], ["@:example.org"]]) assertAllowed(withCreators(creators));
  const bad: readonly JsonValue[] = [
    bob,
    { 0: bob },
    null,
    [bob, 7],
    ["bob"],
    ["@bob"],
    ["@bob:exa mple"],
    [`@${"b".repeat(250)}:example.org`],
    ["@\ud800:a"],
  ];
  for (const creators of bad) assertRefused(makeRoom(version), withCreators(creators), "create.additional-creators");
});
