import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { MatrixError } from "#kernel";
import { startTestServer, TOKEN } from "./http-server.test-support.ts";

const MESSAGES = "/_matrix/client/v3/rooms/!room:test/messages?dir=b";
const alice = { event: "access.refused", actor: "@alice:test", deviceId: "DEV", address: "127.0.0.1", outcome: "refused" };
const forbidden = () => Promise.reject(new MatrixError("M_FORBIDDEN", "No."));
const hidden = () => Promise.reject(new MatrixError("M_NOT_FOUND", "No."));

async function start(context: TestContext, overrides: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer(overrides);
  context.after(() => server.close());
  return server;
}

test("what the guards refuse is recorded with who, from where, by which code and at which endpoint, never with what was sent", async (context) => {
  const server = await start(context);
  const path = "/_matrix/client/v3/rooms/!room:test/send/m.room.message/1";
  await server.ask("PUT", path, { body: `{"body":"the secret word"` });
  await server.ask("GET", `/_matrix/client/v3/rooms/!room:test/messages?dir=sideways-${TOKEN}`);
  await server.ask("POST", "/_matrix/client/v3/login", { token: "", body: { type: 7, password: "the secret word" } });
  assert.deepEqual(server.seen.refused, [
    { ...alice, reason: "M_NOT_JSON sendMessage" },
    { ...alice, reason: "M_INVALID_PARAM getRoomEvents" },
    { event: "access.refused", actor: "unknown", address: "127.0.0.1", outcome: "refused", reason: "M_BAD_JSON login" },
  ]);
});

test("who runs into a limit is recorded, each time", async (context) => {
  const server = await start(context);
  for (let count = 0; count < 52; count += 1)
    await server.ask("PUT", "/_matrix/client/v3/rooms/!room:test/send/m.room.message/1", { body: {} });
  const refused = { ...alice, reason: "M_LIMIT_EXCEEDED sendMessage" };
  assert.deepEqual(server.seen.refused, [refused, refused]);
});

test("who may not read in a room is recorded with the room", async (context) => {
  const server = await start(context, { rooms: { listMessages: forbidden, listMembers: forbidden } });
  await server.ask("GET", MESSAGES);
  await server.ask("GET", "/_matrix/client/v3/rooms/!room:test/members");
  assert.deepEqual(server.seen.refused, [
    { ...alice, roomId: "!room:test", reason: "M_FORBIDDEN getRoomEvents" },
    { ...alice, roomId: "!room:test", reason: "M_FORBIDDEN getMembersByRoom" },
  ]);
});

test("a refusal is recorded once: the module records that of an act with a code of its own", async (context) => {
  const server = await start(context, { rooms: { sendMessage: forbidden } });
  const answer = await server.ask("PUT", "/_matrix/client/v3/rooms/!room:test/send/m.room.message/1", { body: {} });
  assert.deepEqual([answer.status, server.seen.refused], [403, []]);
});

test("what is not there, and a fault, is no refusal", async (context) => {
  const server = await start(context, { rooms: { listMembers: hidden, joinedRooms: () => Promise.reject(new Error("a fault")) } });
  const statuses = [
    (await server.ask("GET", "/_matrix/client/v3/rooms/!room:test/members")).status,
    (await server.ask("GET", "/_matrix/client/v3/joined_rooms")).status,
  ];
  assert.deepEqual([statuses, server.seen.refused], [[404, 500], []]);
});
