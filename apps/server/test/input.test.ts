// What clients should not send, and attackers do. No input may give a 5xx or end the process.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EndpointDeclaration, endpoints, isNone } from "@wardroom/spec";
import { at, createSeededRandom, type Json, ok, refused, route, type Session, textAt } from "@wardroom/testkit";
import { getEvent, makeRoom, say, send, trySend, trySetState } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const raw = (by: Session, path: string, rawBody: string) => by.request("PUT", path, { rawBody });
let count = 0;
const sendPath = (room: string) => route`/rooms/${room}/send/m.room.message/${`raw${(count += 1)}`}`;

test("an unknown path is not recognised, with token or without, under every prefix", async () => {
  const alice = await server.person("alice");
  for (const path of [
    "/_matrix/client/v3/nothing",
    "/_matrix/client/v99/sync",
    "/_matrix/nothing",
    "/_matrix/client/v3/constructor",
    "/_matrix/client/v3/__proto__",
  ]) {
    refused(await server.http().request("GET", path), 404, "M_UNRECOGNIZED");
    refused(await alice.request("POST", path, { body: {} }), 404, "M_UNRECOGNIZED");
  }
  const plain = await fetch(new URL("/elsewhere", server.process().url));
  assert.equal(plain.status, 404);
  await plain.arrayBuffer();
});

test("numbers in events must be plain safe integers: fractions, exponents, minus zero and giants are refused", async () => {
  const alice = await server.person("alice");
  const room = await makeRoom(alice);
  for (const number of ["1.5", "1.0", "1e3", "1E3", "-0", "9007199254740992", "-9007199254740992", "1e999"]) {
    for (const body of [`{"n":${number}}`, `{"deep":[{"n":${number}}]}`]) {
      refused(await raw(alice, sendPath(room), body), 400, "M_BAD_JSON");
      refused(await raw(alice, route`/rooms/${room}/state/org.example.numbers/`, body), 400, "M_BAD_JSON");
    }
  }
  const made = await alice.request("POST", "/createRoom", { rawBody: '{"initial_state":[{"type":"org.example","content":{"n":1.5}}]}' });
  refused(made, 400, "M_BAD_JSON");
  const answer = ok(await raw(alice, sendPath(room), '{"least":-9007199254740991,"most":9007199254740991,"zero":0}'));
  const event = await getEvent(alice, room, textAt(answer, "event_id"));
  assert.deepEqual(
    [at(event, "content", "least"), at(event, "content", "most"), at(event, "content", "zero")],
    [-9007199254740991, 9007199254740991, 0],
  );
});

test("lone surrogates, repeated keys, bare control characters and bottomless nesting are refused", async () => {
  const alice = await server.person("alice");
  const room = await makeRoom(alice);
  for (const body of [
    '{"body":"\\ud800"}',
    '{"\\udc00":1}',
    '{"a":1,"a":2}',
    '{"x":{"__proto__":1,"__proto__":2}}',
    '{"body":"\u0001"}',
    '{"a":\u00a01}',
  ])
    refused(await raw(alice, sendPath(room), body), 400, ["M_BAD_JSON", "M_NOT_JSON"]);
  const deep = `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`;
  refused(await raw(alice, sendPath(room), deep), 400, ["M_BAD_JSON", "M_NOT_JSON"]);
  refused(await raw(alice, sendPath(room), '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000)), 400, ["M_BAD_JSON", "M_NOT_JSON"]);
});

test("escaped and literal spellings of one text are one text", async () => {
  const alice = await server.person("alice");
  const room = await makeRoom(alice);
  const answer = ok(await raw(alice, sendPath(room), '{"body":"\\u00fc\\ud83d\\ude00\\n\\/","\\u0061":"\\u0000"}'));
  const event = await getEvent(alice, room, textAt(answer, "event_id"));
  assert.equal(at(event, "content", "body"), "ü😀\n/");
  assert.equal(at(event, "content", "a"), "\u0000");
});

test("an event of more than 65,536 bytes is too large, whatever its bytes are; just below it is not", async () => {
  const alice = await server.person("alice");
  const room = await makeRoom(alice);
  for (const text of ["x".repeat(65_536), "ü".repeat(32_768), "😀".repeat(16_384), '"'.repeat(32_768)])
    refused(await trySend(alice, room, "m.room.message", { msgtype: "m.text", body: text }), 413, "M_TOO_LARGE");
  refused(await trySetState(alice, room, "m.room.topic", { topic: "x".repeat(65_536) }), 413, "M_TOO_LARGE");
  const id = await say(alice, room, "x".repeat(62_000));
  assert.equal(textAt(await getEvent(alice, room, id), "content", "body").length, 62_000);
});

test("an event that passes only because its federation form was not counted is refused: the edge is at the whole event", async () => {
  const alice = await server.person("alice");
  const room = await makeRoom(alice);
  // Content alone fits; with type, room, sender, hashes, auth events and a signature it does not.
  refused(await trySend(alice, room, "m.room.message", { msgtype: "m.text", body: "x".repeat(65_400) }), 413, "M_TOO_LARGE");
});

test("a profile, a filter, account data and a room request that are too large are refused as such", async () => {
  const alice = await server.person("alice");
  const huge = "x".repeat(3_000_000);
  for (const [method, path, body] of [
    ["POST", route`/user/${alice.userId}/filter`, { room: { rooms: [huge] } }],
    ["PUT", route`/user/${alice.userId}/account_data/org.example`, { huge }],
    ["POST", "/createRoom", { name: huge }],
    ["PUT", route`/profile/${alice.userId}/displayname`, { displayname: huge }],
    ["POST", "/login", { type: "m.login.password", password: huge }],
  ] as const)
    refused(await alice.request(method, path, { body }), 413, "M_TOO_LARGE");
});

test("a password or name of any length is answered fast: nobody makes the server hash a book", async () => {
  for (const [user, password] of [
    ["alice", "x".repeat(500_000)],
    ["x".repeat(500_000), "x"],
  ] as const) {
    const body = { type: "m.login.password", identifier: { type: "m.id.user", user }, password };
    const answer = await server.http().request("POST", "/login", { body });
    assert.ok([400, 403, 413].includes(answer.status), answer.text.slice(0, 200));
  }
});

test("a content type other than JSON is read as JSON all the same, as the specification allows", async () => {
  const alice = await server.person("alice");
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8"])
    ok(await alice.request("POST", "/createRoom", { rawBody: "{}", headers: { "content-type": type } }));
});

test("broken escapes, empty segments and path tricks reach no other endpoint and break nothing", async () => {
  const alice = await server.person("alice");
  for (const path of [
    "/_matrix/client/v3/rooms/%/state",
    "/_matrix/client/v3/rooms/%ff%fe/state",
    "/_matrix/client/v3/rooms//state",
    "/_matrix/client/v3/rooms/%00/state",
    "/_matrix/client/v3/rooms/..%2f..%2faccount%2fwhoami/state",
    "/_matrix//client/v3/sync",
    "/_matrix/client/v3/profile/%E0%A4%A/displayname",
  ]) {
    const answer = await rawGet(path, alice.token);
    assert.ok(answer >= 400 && answer < 500, `${path}: ${answer}`);
  }
});

async function rawGet(path: string, token: string): Promise<number> {
  const response = await fetch(server.process().url + path, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return response.status;
}

test("a filter of many wildcards costs no more than its length: nobody stops the server with a pattern", async () => {
  const alice = await server.person("alice");
  const room = await makeRoom(alice);
  const type = "a".repeat(255);
  for (let index = 0; index < 5; index += 1) await send(alice, room, type, {});
  const hostile = `${"*a".repeat(120)}*b`;
  const filter = JSON.stringify({ types: [hostile, hostile, hostile], not_types: [hostile] });
  const started = performance.now();
  for (const answer of [
    await alice.get(route`/rooms/${room}/messages`, { dir: "b", filter }),
    await alice.get("/sync", { filter: `{"room":{"timeline":${filter},"state":${filter}}}`, timeout: "0" }),
  ])
    assert.ok(answer.status === 200 || answer.status === 400, answer.text.slice(0, 200));
  assert.ok(performance.now() - started < 5000);
});

test("ids in the address of any length and kind are answered, not obeyed", async () => {
  const alice = await server.person("alice");
  const room = await makeRoom(alice);
  for (const id of ["x".repeat(5000), "😀", "a/b/../c", "%", "\u0000", "constructor"]) {
    const sent = await trySend(alice, room, "m.room.message", { msgtype: "m.text", body: "x" }, id);
    assert.ok(sent.status === 200 || (sent.status >= 400 && sent.status < 500), `${sent.status} ${sent.text}`);
    for (const path of [
      route`/rooms/${room}/event/${id}`,
      route`/profile/${id}`,
      route`/user/${id}/filter/${id}`,
      route`/rooms/${id}/state`,
    ]) {
      const answer = await alice.get(path);
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.asked.slice(0, 200)}: ${answer.status}`);
    }
  }
});

const odd: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1e15,
  "",
  "constructor",
  "__proto__",
  "x".repeat(2000),
  "\u0000",
  "@a:b",
  "!a:b",
  "$a",
  "#a:b",
  [],
  [null],
  [[]],
  {},
  { constructor: 1 },
  { toString: null },
];

test("requests of seeded nonsense to every endpoint give no 5xx, and the server serves on", async () => {
  const alice = await server.person("fuzzer");
  const room = await makeRoom(alice);
  const event = await say(alice, room, "words");
  const random = createSeededRandom("nonsense");
  const pick = <T>(list: readonly T[]): T => {
    const found = list[random.below(list.length)];
    assert.ok(found !== undefined);
    return found;
  };
  const keys = [
    "type",
    "content",
    "membership",
    "user_id",
    "invite",
    "preset",
    "initial_state",
    "room_version",
    "reason",
    "typing",
    "timeout",
    "thread_id",
    "m.read",
    "m.fully_read",
    "new_password",
    "auth",
    "users",
    "events",
    "displayname",
    "presence",
    "identifier",
    "room",
    "msgtype",
    "m.relates_to",
    "__proto__",
    "constructor",
    "alias",
    "join_rule",
    "allow",
  ];
  const body = (depth: number): Json => {
    if (depth === 0 || random.below(3) === 0) return pick(odd.map((value) => [value]))[0] ?? null;
    return Object.fromEntries(Array.from({ length: random.below(4) }, () => [pick(keys), body(depth - 1)]));
  };
  const values: Readonly<Record<string, readonly string[]>> = {
    roomId: [room, "!x", "constructor", "\u0000"],
    roomIdOrAlias: [room, "#nothing:localhost", "x"],
    eventId: [event, "$x", "__proto__"],
    userId: [alice.userId, "@x:localhost", "constructor"],
    eventType: [
      "m.room.message",
      "m.room.member",
      "m.room.power_levels",
      "m.room.join_rules",
      "m.room.redaction",
      "m.room.create",
      "m.room.history_visibility",
      "m.room.canonical_alias",
      "m.reaction",
      "__proto__",
    ],
    stateKey: [alice.userId, "x", "@x:localhost", "constructor"],
  };
  const parameters = [
    "from",
    "to",
    "dir",
    "limit",
    "filter",
    "since",
    "timeout",
    "at",
    "membership",
    "not_membership",
    "format",
    "full_state",
    "use_state_after",
    "kind",
    "username",
    "set_presence",
  ];
  const failures: string[] = [];
  for (const [name, endpoint] of Object.entries<EndpointDeclaration>(endpoints)) {
    if (name === "logout" || name === "logoutAll" || name === "register") continue;
    for (let round = 0; round < 25; round += 1) {
      const path = endpoint.path.replaceAll(/\{\+?(\w+)\}/g, (_, parameter: string) =>
        encodeURIComponent(pick(values[parameter] ?? ["m.read", "x", "constructor", "displayname"])),
      );
      const query = Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [
          pick(parameters),
          pick(["b", "f", "1", "-1", "x", "{}", "[]", "null", '{"room":{}}', '{"types":[null]}', "true", ""]),
        ]),
      );
      const answer = await alice.request(endpoint.method, path, {
        query: { ...query, timeout: "0" },
        ...(isNone(endpoint.body) ? {} : { body: body(3) }),
      });
      if (answer.status >= 500) failures.push(`${answer.asked} → ${answer.status}`);
    }
  }
  assert.deepEqual(failures, []);
  ok(await alice.get("/account/whoami"));
  ok(await server.http().request("GET", "/_matrix/client/versions"));
});
