// Who sees what of the past: every history visibility × every way of having been in a room × every path that reads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, listAt, ok, refused, route, type Session, textAt } from "@wardroom/testkit";
import {
  act,
  bodies,
  bodiesOf,
  getEvent,
  getState,
  history,
  join,
  leave,
  makeRoom,
  say,
  setState,
  tryGetEvent,
  tryGetState,
  tryMessages,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { roomIn, sync, timelineOf } from "./sync-steps.test-support.ts";

const server = useServer();

const words = ["before the invite", "while invited", "while joined", "after the end"] as const;
type Words = (typeof words)[number];

/** What a person who was invited, joined and then gone sees of the four. */
const visible: Readonly<Record<string, readonly Words[]>> = {
  world_readable: words,
  shared: ["before the invite", "while invited", "while joined"],
  invited: ["while invited", "while joined"],
  joined: ["while joined"],
};

const departures: Readonly<Record<string, (owner: Session, room: string, reader: Session) => Promise<void>>> = {
  "who left": (_owner, room, reader) => leave(reader, room),
  "who was kicked": (owner, room, reader) => act(owner, "kick", room, reader),
  "who was banned": (owner, room, reader) => act(owner, "ban", room, reader),
};

async function pair(): Promise<[Session, Session]> {
  const [owner, reader] = await server.people("owner", "reader");
  assert.ok(owner && reader);
  return [owner, reader];
}

const withVisibility = (visibility: string) => ({
  initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: visibility } }],
});

interface Past {
  readonly room: string;
  readonly ids: ReadonlyMap<Words, string>;
}

/** A room in which the reader was invited, joined, and departed, with words said in each time. */
async function makePast(visibility: string, depart: (owner: Session, room: string, reader: Session) => Promise<void>): Promise<Past> {
  const [owner, reader] = await pair();
  const room = await makeRoom(owner, withVisibility(visibility));
  const ids = new Map<Words, string>();
  const speak = async (text: Words) => ids.set(text, await say(owner, room, text));
  await speak("before the invite");
  await act(owner, "invite", room, reader);
  await speak("while invited");
  await join(reader, room);
  await speak("while joined");
  await depart(owner, room, reader);
  await speak("after the end");
  return { room, ids };
}

async function seenOneByOne(reader: Session, { room, ids }: Past): Promise<Words[]> {
  const seen: Words[] = [];
  for (const [text, id] of ids) {
    const answer = await tryGetEvent(reader, room, id);
    if (answer.status === 200) seen.push(text);
    else refused(answer, 404, "M_NOT_FOUND");
  }
  return seen;
}

for (const [visibility, expected] of Object.entries(visible)) {
  for (const [who, depart] of Object.entries(departures)) {
    test(`with ${visibility} history, somebody ${who} sees: ${expected.join(", ")}`, async () => {
      const [, reader] = await pair();
      const past = await makePast(visibility, depart);
      assert.deepEqual(await seenOneByOne(reader, past), expected, "one event at a time");
      assert.deepEqual(await bodies(reader, past.room), expected, "messages backwards");
      assert.deepEqual(bodiesOf(await history(reader, past.room, { dir: "f", limit: 3 })), expected, "messages forwards, in small pages");
      const answer = await sync(reader, { filter: { room: { include_leave: true, timeline: { limit: 100 } } } });
      const inSync = bodiesOf(timelineOf(answer, past.room, "leave"));
      assert.deepEqual(
        inSync,
        expected.filter((text) => text !== "after the end"),
        "sync ends at the departure",
      );
    });
  }

  test(`with ${visibility} history, a member who stays sees also what follows`, async () => {
    const [, reader] = await pair();
    const past = await makePast(visibility, () => Promise.resolve());
    const all = [...expected.filter((text) => text !== "after the end"), "after the end"];
    assert.deepEqual(await seenOneByOne(reader, past), all);
    assert.deepEqual(await bodies(reader, past.room), all);
    const answer = await sync(reader, { filter: { room: { timeline: { limit: 100 } } } });
    assert.deepEqual(bodiesOf(timelineOf(answer, past.room)), all);
  });

  test(`with ${visibility} history, somebody who was never there sees ${visibility === "world_readable" ? "all of it" : "nothing"}`, async () => {
    const past = await makePast(visibility, () => Promise.resolve());
    const stranger = await server.person("outsider");
    const all = visibility === "world_readable" ? words : [];
    assert.deepEqual(await seenOneByOne(stranger, past), all);
    const messages = await tryMessages(stranger, past.room);
    if (visibility === "world_readable") assert.deepEqual(bodiesOf(listAt(ok(messages), "chunk")).toReversed(), all);
    else refused(messages, 403, "M_FORBIDDEN");
    for (const path of [
      route`/rooms/${past.room}/state`,
      route`/rooms/${past.room}/members`,
      route`/rooms/${past.room}/state/m.room.create/`,
    ]) {
      const answer = await stranger.get(path);
      if (visibility === "world_readable") ok(answer);
      else refused(answer, 403, "M_FORBIDDEN");
    }
    refused(await stranger.get(route`/rooms/${past.room}/joined_members`), 403, "M_FORBIDDEN");
    const answer = await sync(stranger);
    for (const section of ["join", "leave", "invite", "knock"] as const) assert.equal(roomIn(answer, section, past.room), undefined);
  });

  test(`with ${visibility} history, an invite alone shows no more than the rules say`, async () => {
    const owner = await server.person("owner");
    const guest = await server.stranger();
    const room = await makeRoom(owner, withVisibility(visibility));
    const before = await say(owner, room, "before the invite");
    await act(owner, "invite", room, guest);
    const after = await say(owner, room, "while invited");
    const allowed = { world_readable: [before, after], shared: [], invited: [after], joined: [] }[visibility] ?? [];
    for (const id of [before, after]) {
      const answer = await tryGetEvent(guest, room, id);
      if (allowed.includes(id)) ok(answer);
      else refused(answer, 404, "M_NOT_FOUND");
    }
    const answer = await sync(guest);
    assert.ok(roomIn(answer, "invite", room) !== undefined);
    assert.equal(roomIn(answer, "join", room), undefined);
    assert.doesNotMatch(JSON.stringify(roomIn(answer, "invite", room)), /before the invite|while invited/);
    if (visibility !== "world_readable") refused(await guest.get(route`/rooms/${room}/state`), 403, "M_FORBIDDEN");
  });
}

test("somebody who joined, left and joined again does not see what was said in between with joined or invited history", async () => {
  const [owner, reader] = await pair();
  for (const [visibility, gap] of [
    ["joined", false],
    ["invited", false],
    ["shared", true],
  ] as const) {
    const room = await makeRoom(owner, { preset: "public_chat", ...withVisibility(visibility) });
    await join(reader, room);
    await say(owner, room, "one");
    await leave(reader, room);
    const between = await say(owner, room, "between");
    await join(reader, room);
    await say(owner, room, "two");
    const expected = gap ? ["one", "between", "two"] : ["one", "two"];
    assert.deepEqual(await bodies(reader, room), expected, visibility);
    assert.equal((await tryGetEvent(reader, room, between)).status, gap ? 200 : 404, visibility);
    const answer = await sync(reader, { filter: { room: { timeline: { limit: 100 } } } });
    assert.deepEqual(bodiesOf(timelineOf(answer, room)), expected, `${visibility} in sync`);
  }
});

test("what was said under strict visibility stays hidden when the room is opened later, and the other way round", async () => {
  const owner = await server.person("owner");
  const late = await server.stranger();
  const room = await makeRoom(owner, { preset: "public_chat", ...withVisibility("joined") });
  await say(owner, room, "strict");
  const opening = await setState(owner, room, "m.room.history_visibility", { history_visibility: "shared" });
  await say(owner, room, "open");
  const closing = await setState(owner, room, "m.room.history_visibility", { history_visibility: "joined" });
  await say(owner, room, "strict again");
  await join(late, room);
  assert.deepEqual(await bodies(late, room), ["open"]);
  for (const id of [opening, closing]) ok(await tryGetEvent(late, room, id));
});

test("a change of visibility is itself visible if it is so before or after", async () => {
  const owner = await server.person("owner");
  const stranger = await server.stranger();
  const room = await makeRoom(owner, withVisibility("joined"));
  const opening = await setState(owner, room, "m.room.history_visibility", { history_visibility: "world_readable" });
  const closing = await setState(owner, room, "m.room.history_visibility", { history_visibility: "joined" });
  const hidden = await setState(owner, room, "m.room.history_visibility", { history_visibility: "invited" });
  ok(await tryGetEvent(stranger, room, opening));
  ok(await tryGetEvent(stranger, room, closing));
  refused(await tryGetEvent(stranger, room, hidden), 404, "M_NOT_FOUND");
});

test("a person sees their own join, kick and ban whatever the visibility", async () => {
  const [owner, reader] = await pair();
  const room = await makeRoom(owner, { preset: "public_chat", ...withVisibility("joined") });
  const newest = async () =>
    textAt(ok(await owner.get(route`/rooms/${room}/state/m.room.member/${reader.userId}`, { format: "event" })), "event_id");
  await join(reader, room);
  const joined = await newest();
  await act(owner, "kick", room, reader);
  const kicked = await newest();
  await join(reader, room);
  await act(owner, "ban", room, reader);
  const banned = await newest();
  const seen = new Set((await history(reader, room)).map((event) => textAt(event, "event_id")));
  for (const id of [joined, kicked, banned]) {
    ok(await tryGetEvent(reader, room, id));
    assert.ok(seen.has(id), "in messages too");
  }
  assert.equal(textAt(await getState(reader, room, "m.room.member", reader.userId), "membership"), "ban");
});

test("who left sees the state and the members as they were then", async () => {
  const [owner, reader] = await pair();
  const room = await makeRoom(owner, { preset: "public_chat", name: "Old name" });
  await join(reader, room);
  await act(owner, "kick", room, reader);
  await setState(owner, room, "m.room.name", { name: "New name" });
  await setState(owner, room, "org.example.later", { secret: "new" });
  const latecomer = await server.stranger();
  await join(latecomer, room);
  assert.equal(at(await getState(reader, room, "m.room.name"), "name"), "Old name");
  refused(await tryGetState(reader, room, "org.example.later"), 404, "M_NOT_FOUND");
  const state = listAt({ all: ok(await reader.get(route`/rooms/${room}/state`)) }, "all");
  assert.doesNotMatch(JSON.stringify(state), /New name|org\.example\.later/);
  assert.ok(state.some((event) => at(event, "content", "name") === "Old name"));
  const members = listAt(ok(await reader.get(route`/rooms/${room}/members`)), "chunk").map((event) => [
    textAt(event, "state_key"),
    textAt(event, "content", "membership"),
  ]);
  assert.deepEqual(
    new Map(members.map(([key = "", value = ""]) => [key, value])),
    new Map([
      [owner.userId, "join"],
      [reader.userId, "leave"],
    ]),
  );
  refused(await reader.get(route`/rooms/${room}/joined_members`), 403, "M_FORBIDDEN");
});

test("an event is not given out under the id of a room that is not its own", async () => {
  const [owner, reader] = await pair();
  const secret = await say(owner, await makeRoom(owner), "secret");
  const lobby = await makeRoom(owner, { preset: "public_chat", ...withVisibility("world_readable") });
  await join(reader, lobby);
  refused(await tryGetEvent(reader, lobby, secret), 404, "M_NOT_FOUND");
  refused(await tryGetEvent(owner, lobby, secret), 404, "M_NOT_FOUND");
});

test("a room that does not exist answers exactly like one that one may not see", async () => {
  const owner = await server.person("owner");
  const stranger = await server.person("outsider");
  const hidden = await makeRoom(owner);
  const secret = await say(owner, hidden, "secret");
  const nowhere = "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const noEvent = "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const paths = (room: string, event: string) => [
    route`/rooms/${room}/event/${event}`,
    route`/rooms/${room}/messages` + "?dir=b",
    route`/rooms/${room}/state`,
    route`/rooms/${room}/state/m.room.create/`,
    route`/rooms/${room}/members`,
    route`/rooms/${room}/joined_members`,
  ];
  const real = paths(hidden, secret);
  for (const [index, path] of paths(nowhere, noEvent).entries()) {
    const [a, b] = [await stranger.get(path), await stranger.get(real[index] ?? "")];
    assert.deepEqual([a.status, at(a.json, "errcode")], [b.status, at(b.json, "errcode")], path);
    assert.ok(b.status === 403 || b.status === 404, b.text);
  }
  const [known, unknown] = [await tryGetEvent(stranger, hidden, secret), await tryGetEvent(stranger, hidden, noEvent)];
  assert.equal(known.text, unknown.text, "an event that exists and one that does not");
});

test("a reader of a world-readable room sees no membership of events that were private before", async () => {
  const owner = await server.person("owner");
  const stranger = await server.person("outsider");
  const room = await makeRoom(owner, withVisibility("shared"));
  const secret = await say(owner, room, "before it was opened");
  await setState(owner, room, "m.room.history_visibility", { history_visibility: "world_readable" });
  const open = await say(owner, room, "in the open");
  assert.deepEqual(await bodies(stranger, room), ["in the open"]);
  refused(await tryGetEvent(stranger, room, secret), 404, "M_NOT_FOUND");
  assert.equal(textAt(await getEvent(stranger, room, open), "content", "body"), "in the open");
  await setState(owner, room, "m.room.history_visibility", { history_visibility: "shared" });
  refused(await stranger.get(route`/rooms/${room}/state`), 403, "M_FORBIDDEN");
});
