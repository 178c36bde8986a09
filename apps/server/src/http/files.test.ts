// Files on the wire: when they are asked for, how long they may take, and what becomes of those who send or take nothing.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { MatrixError, type Timers } from "#kernel";
import { startTestServer, TOKEN } from "./http-server.test-support.ts";
import type { Bounds } from "./http-deps.ts";

const UPLOAD = "/_matrix/media/v3/upload";
const DOWNLOAD = "/_matrix/client/v1/media/download/test/media";
const SEND = "/_matrix/client/v3/rooms/!room:test/send/m.x/t";
const head = (method: string, path: string, lines: readonly string[], token = TOKEN) =>
  [`${method} ${path} HTTP/1.1`, "Host: x", `Authorization: Bearer ${token}`, ...lines, "", ""].join("\r\n");
const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);

async function until<T>(ask: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = ask();
    if (found !== undefined && found !== false) return found;
    await nextTurn();
  }
}

interface Upload {
  readonly size: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

interface Shape {
  readonly bounds?: Partial<Bounds>;
  readonly media?: object;
  readonly policy?: object;
  readonly identity?: object;
  readonly timers?: Timers;
}

/** A server whose upload reads what comes; `seen` tells how. */
async function openServer(context: TestContext, { bounds = {}, media = {}, ...rest }: Shape = {}) {
  const seen = { begun: 0, bytes: 0, ended: [] as string[] };
  const server = await startTestServer({
    config: { bounds },
    ...rest,
    media: {
      async upload(_: unknown, { chunks }: Upload) {
        seen.begun += 1;
        try {
          for await (const chunk of chunks) seen.bytes += chunk.length;
          seen.ended.push("whole");
        } catch (error) {
          seen.ended.push(error instanceof Error ? error.name : "?");
          throw error;
        }
        return "media";
      },
      ...media,
    },
  });
  context.after(() => server.close());
  return { server, seen };
}

test("a body is asked for when every guard has passed, and not before", async (context) => {
  const deny = { decide: (_: unknown, action: string) => (action === "media.upload" ? { allowed: false, rule: "no" } : { allowed: true }) };
  const { server, seen } = await openServer(context);
  const wait = ["Expect: 100-continue", "Content-Length: 3", "Connection: close"];
  const keep = ["Expect: 100-continue", "Content-Length: 3"];
  assert.deepEqual(statuses(await server.raw(`${head("POST", UPLOAD, wait)}abc`)), ["100", "200"]);
  assert.deepEqual([seen.begun, seen.bytes], [1, 3]);
  for (const [method, path, token] of [
    ["POST", UPLOAD, "bad"],
    ["PUT", SEND, "bad"],
    ["POST", `${UPLOAD}?filename=${"x".repeat(300)}`, TOKEN],
    ["POST", "/unknown", TOKEN],
  ] as const) {
    const text = await server.raw(head(method, path, keep, token));
    assert.equal(statuses(text).length, 1, text);
    assert.match(text, /HTTP\/1\.1 4/);
    assert.match(text, /Connection: close/i, "what follows on this connection could be the body or another request");
  }
  const denied = await openServer(context, { policy: deny });
  assert.deepEqual(statuses(await denied.server.raw(head("POST", UPLOAD, keep))), ["403"]);
  assert.deepEqual([seen.begun, denied.seen.begun], [1, 0]);
});

test("an upload is not held to the size of other bodies, and JSON still is", async (context) => {
  const { server, seen } = await openServer(context);
  const large = Buffer.alloc(3_000_000, 1);
  assert.equal((await server.ask("POST", UPLOAD, { body: large })).status, 200);
  assert.equal(seen.bytes, 3_000_000);
  assert.equal((await server.ask("PUT", SEND, { body: large })).status, 413);
  assert.equal((await server.ask("POST", UPLOAD, { headers: { "content-length": "0" } })).status, 200, "nothing is a file, too");
});

/** Timers that run when the test says so. */
function manualTimers() {
  const waiting = new Set<() => void>();
  return {
    timers: { after: (_: number, work: () => void) => (waiting.add(work), { cancel: () => void waiting.delete(work) }) },
    fire: () => {
      const due = [...waiting];
      waiting.clear();
      for (const work of due) work();
    },
    count: () => waiting.size,
  };
}

test("an upload may take as long as enough of it comes; when too little comes it ends with 408 and is given up", async (context) => {
  const { timers, fire, count } = manualTimers();
  const { server, seen } = await openServer(context, { timers, bounds: { leastUploadBytes: 10 } });
  const socket = connect(server.port, "127.0.0.1");
  let text = "";
  socket.on("data", (data) => (text += data.toString()));
  socket.write(head("POST", UPLOAD, ["Content-Length: 1000"]));
  await until(() => seen.begun === 1);
  for (let round = 1; round <= 5; round += 1) {
    socket.write("x".repeat(10));
    await until(() => seen.bytes === round * 10);
    fire();
    assert.equal(count(), 1, "another stretch of time");
  }
  socket.write("x".repeat(9));
  await until(() => seen.bytes === 59);
  fire();
  await once(socket, "close");
  assert.deepEqual(statuses(text), ["408"]);
  await until(() => seen.ended.length === 1);
  assert.deepEqual([seen.ended, count()], [["ClientGone"], 0]);
});

test("a slow body of another kind, refused or not, ends in the time of a request, also of one who was told long ago", async (context) => {
  const { timers, fire, count } = manualTimers();
  const { server, seen } = await openServer(context, { timers });
  for (const [path, token, expected] of [
    [SEND, TOKEN, "408"],
    [UPLOAD, "bad", "401"],
  ] as const) {
    const socket = connect(server.port, "127.0.0.1");
    let text = "";
    socket.on("data", (data) => (text += data.toString()));
    socket.write(`${head(path === SEND ? "PUT" : "POST", path, ["Content-Length: 1000"], token)}{`);
    if (expected === "401") await until(() => text.includes("401"));
    await until(() => count() > 0);
    await nextTurn();
    fire();
    await once(socket, "close");
    assert.deepEqual(statuses(text), [expected]);
  }
  assert.equal(seen.begun, 0);
});

test("a client that leaves in the middle of its file is noticed, and one whose token ends sends in vain", async (context) => {
  let revoke: (userId: string, isRevoked: () => boolean) => void = () => {};
  const { server, seen } = await openServer(context, { identity: { onRevoked: (listener: typeof revoke) => (revoke = listener) } });
  const leaving = connect(server.port, "127.0.0.1");
  leaving.write(`${head("POST", UPLOAD, ["Transfer-Encoding: chunked"])}3\r\nabc\r\n`);
  await until(() => seen.bytes === 3);
  leaving.resetAndDestroy();
  await until(() => seen.ended.length === 1);
  const signedOut = connect(server.port, "127.0.0.1");
  let text = "";
  signedOut.on("data", (data) => (text += data.toString()));
  signedOut.write(`${head("POST", UPLOAD, ["Content-Length: 100"])}abc`);
  await until(() => seen.bytes === 6);
  revoke("@alice:test", () => true);
  signedOut.write("def");
  await until(() => text.includes("M_UNKNOWN_TOKEN"));
  assert.deepEqual(seen.ended, ["ClientGone", "MatrixError"]);
  signedOut.destroy();
});

test("a refusal in the middle of a file reaches the client, and what it goes on sending is not read for long", async (context) => {
  const { server } = await openServer(context, {
    media: {
      async upload(_: unknown, { chunks }: Upload) {
        for await (const chunk of chunks) if (chunk.length > 0) throw new MatrixError("M_TOO_LARGE", "too large");
      },
    },
  });
  const answer = await server.ask("POST", UPLOAD, { body: Buffer.alloc(2_000_000) });
  assert.deepEqual([answer.status, answer.json["errcode"]], [413, "M_TOO_LARGE"]);
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(head("POST", UPLOAD, ["Content-Length: 1000000000"]));
  const closed = new Promise((resolve) => {
    socket.once("close", resolve);
  });
  const pour = () => {
    while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
  };
  socket.on("drain", pour);
  pour();
  await closed;
  assert.ok(socket.bytesWritten < 100_000_000);
});

const CHUNK = Buffer.alloc(65_536, 7);
/** A file of so many chunks that notes how far it was read. */
function endless(count: number, fault?: { readonly at: number; readonly error: Error }) {
  const seen = { read: 0, closed: 0 };
  const read = async function* () {
    try {
      for (let index = 0; index < count; index += 1) {
        if (fault?.at === index) throw fault.error;
        seen.read += 1;
        await nextTurn();
        yield CHUNK;
      }
    } finally {
      seen.closed += 1;
    }
  };
  const file = { type: "text/plain", name: "a", tag: "t", size: count * CHUNK.length, read };
  return { seen, media: { download: async () => file } };
}

test("a file is read no faster than its client takes it, and no further when the client has gone", async (context) => {
  const { seen, media } = endless(10_000);
  const { server } = await openServer(context, { media });
  const socket = connect(server.port, "127.0.0.1").pause();
  socket.write(head("GET", DOWNLOAD, []));
  let [before, still] = [-1, 0];
  while (still < 200) {
    await nextTurn();
    still = seen.read > 0 && seen.read === before ? still + 1 : 0;
    before = seen.read;
  }
  assert.ok(seen.read * CHUNK.length < 40_000_000, `${seen.read} chunks were read for a client that takes nothing`);
  socket.destroy();
  await until(() => seen.closed === 1);
});

test("a client that takes nothing is ended, and what waits for it counts against its account", async (context) => {
  const { seen, media } = endless(10_000);
  const { server } = await openServer(context, { media, bounds: { stall: 60, unsentBytesPerAccount: 1_000_000 } });
  const sockets = Array.from({ length: 3 }, () => connect(server.port, "127.0.0.1").pause());
  for (const socket of sockets) socket.write(head("GET", DOWNLOAD, []));
  await until(() => seen.read >= 3);
  const answers = await server.ask("GET", "/_matrix/client/v3/joined_rooms");
  assert.equal(answers.status, 429, "three files are under way that nobody takes");
  await until(() => seen.closed === 3);
  assert.equal((await server.ask("GET", "/_matrix/client/v3/joined_rooms")).status, 200);
});

test("a fault before the first byte is an answer, one later ends the connection short of what was announced", async (context) => {
  const error = new Error("the disk");
  const early = await openServer(context, { media: endless(5, { at: 0, error }).media });
  const answer = await early.server.ask("GET", DOWNLOAD);
  assert.deepEqual([answer.status, answer.json["errcode"]], [500, "M_UNKNOWN"]);
  const late = endless(5, { at: 3, error });
  const { server } = await openServer(context, { media: late.media });
  const text = await server.raw(head("GET", DOWNLOAD, []));
  assert.match(text, /Content-Length: 327680/);
  assert.ok(text.length < 4 * CHUNK.length);
  await until(() => server.seen.logged.some((line) => line.includes("a request failed")));
});

test("not a byte more leaves once the token has ended", async (context) => {
  let revoke: (userId: string, isRevoked: () => boolean) => void = () => {};
  const { seen, media } = endless(10_000);
  const { server } = await openServer(context, { media, identity: { onRevoked: (listener: typeof revoke) => (revoke = listener) } });
  const socket = connect(server.port, "127.0.0.1");
  let bytes = 0;
  socket.on("data", (data) => (bytes += data.length));
  socket.on("error", () => {});
  socket.write(head("GET", DOWNLOAD, []));
  await until(() => bytes > 1_000_000);
  revoke("@alice:test", () => true);
  await once(socket, "close");
  await until(() => seen.closed === 1);
  assert.ok(bytes < 10_000 * CHUNK.length);
});
