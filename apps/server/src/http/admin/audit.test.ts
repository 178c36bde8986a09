import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { MatrixError } from "#kernel";
import { ADMIN_TOKEN, startTestServer, type TestServer, TOKEN } from "../http-server.test-support.ts";

const AUDIT = "/_wardroom/admin/v1/audit/";
const whole = {
  log: 2,
  index: 70_000,
  id: "id",
  time: 5,
  code: "room.member.kicked",
  class: 3006,
  activity: 4,
  outcome: "refused",
  count: 3,
  reason: "administrators-only",
  policy: "00ff",
  actor: "@mallory:test",
  asAdministrator: true,
  deviceId: "DEV",
  address: "192.0.2.9",
  target: "@bob:test",
  roomId: "!room:test",
  eventId: "$event",
  erased: ["room"],
  unsigned: true,
};
const bare = {
  log: 1,
  index: 0,
  id: "id",
  time: 5,
  code: "a.b",
  class: 0,
  activity: 0,
  outcome: "done",
  count: 1,
  erased: [],
  unsigned: false,
};

let calls: unknown[][] = [];
const told = <T>(name: string, answer: T) => {
  return (...asked: unknown[]): Promise<T> => {
    calls.push([name, ...asked]);
    return Promise.resolve(answer);
  };
};
let file: () => Promise<Uint8Array> = () => Promise.resolve(Buffer.from("{}"));
let server: TestServer;
before(async () => {
  server = await startTestServer({
    config: { profile: "conformance" },
    audit: {
      search: told("search", { entries: [whole, bare], next: "n2" }),
      show: told("show", whole),
      prove: told("prove", { proof: "c2sp.org/tlog-proof@v1\n", entry: Buffer.from([0xfb, 0xff, 0xfe]) }),
      state: told("state", { logs: [], unsigned: 7, stopped: "found another past", secondPlace: "note" }),
      readFile: (...asked: unknown[]) => told("readFile", undefined)(...asked).then(() => file()),
    },
  });
});
beforeEach(() => {
  calls = [];
  file = () => Promise.resolve(Buffer.from("{}"));
});
after(() => server.close());

const reader = { actor: "@admin:test", deviceId: "DESK", address: "127.0.0.1", byAdministrator: true };
const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  server.ask("GET", AUDIT + path, { token: ADMIN_TOKEN, headers });
async function fails(path: string, status: number, code: string, message?: RegExp): Promise<void> {
  const answer = await get(path);
  assert.deepEqual([answer.status, answer.json["errcode"]], [status, code], `${path}: ${answer.text}`);
  if (message !== undefined) assert.match(String(answer.json["error"]), message);
  assert.deepEqual(calls, [], path);
}

test("a search hands on every filter as it was given, and who asks", async () => {
  const query =
    "actor=%40alice%3Atest&target=%23x%3Atest&room=!r%3Atest&code=room.member.*&outcome=refused&from=0&to=1700000000000&limit=1000&after=n1";
  await get(`entries?${query}`);
  const asked = { actor: "@alice:test", target: "#x:test", room: "!r:test", code: "room.member.*", outcome: "refused" };
  assert.deepEqual(calls, [["search", reader, { ...asked, from: 0, to: 1_700_000_000_000, limit: 1000, after: "n1" }]]);
});

test("a search without filters asks for the newest hundred", async () => {
  await get("entries");
  assert.deepEqual(calls, [["search", reader, { limit: 100 }]]);
});

test("an entry is shown whole, under the names of the wire, and what it has not is left out", async () => {
  const { asAdministrator, deviceId, roomId, eventId, ...same } = whole;
  const shown = { ...same, as_administrator: asAdministrator, device_id: deviceId, room_id: roomId, event_id: eventId };
  assert.deepEqual((await get("entries")).json, { entries: [shown, bare], next_batch: "n2" });
  assert.deepEqual((await get("entries/2/70000")).json, shown);
  assert.deepEqual(calls.at(-1), ["show", reader, { log: 2, index: 70_000 }]);
});

test("a proof comes as text with the bytes of its entry beside it", async () => {
  assert.deepEqual((await get("entries/1/0/proof")).json, { proof: "c2sp.org/tlog-proof@v1\n", entry: "+//+" });
  assert.deepEqual(calls, [["prove", reader, { log: 1, index: 0 }]]);
});

test("the state says why nothing is signed any more, and what lies in the second place", async () => {
  assert.deepEqual((await get("state")).json, { logs: [], unsigned: 7, stopped: "found another past", second_place: "note" });
  assert.deepEqual(calls, [["state", reader]]);
});

test("a filter that is wrong is named, and nothing is searched", async () => {
  for (const [query, message] of [
    ["limit=0", /limit: is less than 1/],
    ["limit=1001", /limit: is more than 1000/],
    ["limit=1e3", /limit: is not a whole number/],
    ["from=-1", /from: is less than 0/],
    ["to=1.5", /to: is not a whole number/],
    ["to=2026-11-25", /to: is not a whole number/],
    ["from=2&to=1", /from is later than to/],
    ["outcome=maybe", /outcome: is neither done nor refused/],
    ["room=general", /room: is not an identifier with !/],
    ["actor=", /actor: is empty/],
    ["after=", /after: is empty/],
    [`actor=${"x".repeat(256)}`, /actor: is longer/],
    [`after=${"x".repeat(4097)}`, /after: is longer/],
    ["actor=%00", /actor: holds U\+0000/],
    ...["*", "room*", "room.*.x", ".room", "room..x", "Room", "room.%2A%2A", "room.%25", ""].map(
      (code) => [`code=${code}`, /code: is not/] as const,
    ),
  ] as const)
    await fails(`entries?${query}`, 400, "M_INVALID_PARAM", message);
});

test("a place has one spelling", async () => {
  for (const place of ["0/0", "01/0", "1/00", "-1/0", "1/-0", "1/+1", "1/1.0", "1/0x1", "1/1e1", "1/%201", "x/0", `1/${"9".repeat(16)}`])
    await fails(`entries/${place}`, 400, "M_INVALID_PARAM");
});

test("a tile is asked for by the only name that it has", async () => {
  for (const path of ["0/000", "0/x001/234.p/5", "63/x001/x234/067", "entries/255", "entries/x001/000.p/255", "1/000.p/1"]) {
    assert.equal((await get(`logs/3/tile/${path}`)).status, 200, path);
    assert.deepEqual(calls.splice(0), [["readFile", reader, 3, `tile/${path}`]]);
  }
});

test("every other spelling of a tile, and every way out of the log, is not found and never comes to the log", async () => {
  for (const path of [
    "0/x000/001",
    "00/000",
    "64/000",
    "0/00",
    "0/0000",
    "0/001/234",
    "0/x001",
    "0/x001/x234",
    "0/000/",
    "0//000",
    "0/./000",
    "0/000.p/0",
    "0/000.p/256",
    "0/000.p/05",
    "0/000.p",
    "0/000.p/",
    "0/000.p/1/2",
    "0/000.P/1",
    "0/x001/234.p%2F5",
    "0%2F000",
    "%30/000",
    "entries/../0/000",
    "../checkpoint",
    "..",
    ".",
    "%2e%2e/checkpoint",
    "..%2fcheckpoint",
    "0/..%5c000",
    "Entries/000",
    "data/000",
    "names/000",
    "0/0%00",
    "0/000%0a",
    "0/000%20",
    "0/٠٠٠",
    "0/000;x",
    `0/${"x001/".repeat(200)}000`,
    "x".repeat(4000),
  ]
    .map(encodeURI)
    .map((path) => path.replaceAll("%25", "%")))
    await fails(`logs/1/tile/${path}`, 404, "M_NOT_FOUND");
  for (const path of [
    "logs/1/tile",
    "logs/1/tile/",
    "logs/1/tile//0/000",
    "logs/1/checkpoint/",
    "logs/1/checkpoint/x",
    "logs/1",
    "logs/1/second-place",
    "",
  ])
    await fails(path, 404, "M_UNRECOGNIZED");
  await fails("logs/01/tile/0/000", 400, "M_INVALID_PARAM");
  await fails(`logs/1/tile/${"x".repeat(5000)}`, 400, "M_INVALID_PARAM");
});

test("files have the types of their standard, no page can come of them, and their tag is that of their bytes", async () => {
  const tags = new Set<unknown>();
  for (const [path, type, text] of [
    ["logs/1/checkpoint", "text/plain; charset=utf-8", "1"],
    ["logs/1/checkpoint", "text/plain; charset=utf-8", "2"],
    ["logs/1/tile/0/000", "application/octet-stream", "3"],
  ] as const) {
    file = () => Promise.resolve(Buffer.from(text));
    const { headers, text: got } = await get(path);
    assert.deepEqual(
      [headers["content-type"], headers["content-disposition"], headers["content-length"], got],
      [type, "attachment", "1", text],
    );
    assert.match(String(headers["content-security-policy"]), /sandbox/);
    tags.add(headers["etag"]);
  }
  assert.equal(tags.size, 3);
});

test("a part of a file, its head, and that it has not changed, are answered as HTTP has it; each time the log is asked", async () => {
  file = () => Promise.resolve(Buffer.from("1234"));
  const path = "logs/1/tile/0/000";
  const { headers } = await get(path);
  const part = await get(path, { range: "bytes=1-2" });
  assert.deepEqual([part.status, part.text], [206, "23"]);
  assert.equal((await get(path, { "if-none-match": String(headers["etag"]) })).status, 304);
  const head = await server.ask("HEAD", AUDIT + path, { token: ADMIN_TOKEN });
  assert.deepEqual([head.status, head.headers["content-length"]], [200, "4"]);
  file = () => Promise.resolve(new Uint8Array());
  assert.equal((await get(path)).headers["content-length"], "0");
  assert.equal(calls.length, 5, "no answer without a record");
});

test("what the log does not have is not found, also as a file", async () => {
  file = () => Promise.reject(new MatrixError("M_NOT_FOUND", "There is no such tile."));
  const answer = await get("logs/1/tile/0/999");
  assert.deepEqual([answer.status, answer.json["errcode"]], [404, "M_NOT_FOUND"]);
  assert.match(String(answer.headers["content-type"]), /^application\/json/);
});

const paths = ["entries", "entries/1/0", "entries/1/0/proof", "state", "logs/1/checkpoint", "logs/1/tile/0/000"];

test("a member is refused everywhere before the log is asked, and each refusal is recorded", async () => {
  server.seen.refused.length = 0;
  for (const path of paths) {
    const answer = await server.ask("GET", AUDIT + path, { token: TOKEN });
    assert.deepEqual([answer.status, answer.json["errcode"]], [403, "M_FORBIDDEN"], path);
  }
  assert.deepEqual(calls, []);
  assert.deepEqual(
    server.seen.refused.map(({ actor, reason, outcome }) => [actor, reason, outcome]),
    paths.map(() => ["@alice:test", "administrators-only", "refused"]),
  );
});

test("without a token, with a broken one and with one whose time is over nobody comes to the log", async () => {
  for (const path of paths)
    for (const token of ["", "bad", "old-token"]) {
      const answer = await server.ask("GET", AUDIT + path, { token });
      assert.equal(answer.status, 401, path);
    }
  assert.deepEqual(calls, []);
});

test("nothing is written by these addresses: other methods are refused", async () => {
  for (const path of paths)
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const answer = await server.ask(method, AUDIT + path, { token: ADMIN_TOKEN, body: {} });
      assert.deepEqual([answer.status, answer.json["errcode"]], [405, "M_UNRECOGNIZED"], `${method} ${path}`);
    }
  assert.deepEqual(calls, []);
});
