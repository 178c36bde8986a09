// The log on standard error, of a whole server whose store fails under the requests of people.
import assert from "node:assert/strict";
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createLogger } from "@wardroom/server";
import { type Answer, at, type HttpClient, type Json, ok, route, type Session, textAt } from "@wardroom/testkit";
import { type ComposedHouse, composeHouse } from "./composed-house.test-support.ts";
import { makeRoomWith, say } from "./room-steps.test-support.ts";

const WORDS = "chrysanthemum";
/** What would be a line of its own, if it could begin one. */
const FORGED = `x\n{"level":"error","msg":"forged"}`;

async function openWithLog(context: TestContext) {
  const lines: string[] = [];
  const composed = await composeHouse(
    context,
    {},
    createLogger("info", (line) => lines.push(line)),
  );
  return { composed, lines };
}

/** Requests that a failed store cannot answer, with secrets wherever a request can hold them. */
function failingRequests(http: HttpClient, alice: Session, room: string): Promise<Answer>[] {
  const send = (name: string) => route`/rooms/${room}/send/m.room.message/${name}`;
  const login = { type: "m.login.password", identifier: { type: "m.id.user", user: alice.name }, password: alice.password };
  return [
    alice.put(send("a"), { msgtype: "m.text", body: WORDS }),
    alice.put(send(FORGED), { msgtype: "m.text", body: FORGED }),
    alice.put(route`/user/${alice.userId}/account_data/org.example`, { text: WORDS }),
    http.request("PUT", send("b"), { query: { access_token: alice.token }, body: { msgtype: "m.text", body: WORDS } }),
    http.request("POST", "/login", { body: login }),
    http.request("POST", "/register", { body: { username: "bob", password: alice.password, auth: { type: "m.login.dummy" } } }),
  ];
}

/** What the stop of a house without its store says is no matter of these tests. */
const closeFailed = (composed: ComposedHouse): Promise<void> => composed.close().catch(() => {});

const referenceIn = (answer: Answer): string => /finds the cause under (\S+)\.$/.exec(textAt(answer.json ?? null, "error"))?.[1] ?? "";

test("a fault answers 500 M_UNKNOWN with a reference and nothing of the inside, and is logged once under it", async (context) => {
  const { composed, lines } = await openWithLog(context);
  const [http, house] = [composed.http(), composed.house()];
  const alice = await http.register("alice");
  const room = await makeRoomWith(alice, []);
  await house.storage.close();
  const answers = await Promise.all(failingRequests(http, alice, room));
  for (const answer of answers) {
    assert.equal(answer.status, 500, answer.asked);
    assert.deepEqual(Object.keys(answer.json ?? {}).toSorted(), ["errcode", "error"]);
    assert.equal(at(answer.json ?? null, "errcode"), "M_UNKNOWN");
    assert.doesNotMatch(answer.text, /store|SQL|\.ts|\.js|node:|Error|\/|at /);
    const reference = referenceIn(answer);
    assert.match(reference, /^\S{12}$/);
    assert.equal(lines.filter((line) => line.includes(reference)).length, 1);
  }
  assert.equal(new Set(answers.map(referenceIn)).size, answers.length);
  await closeFailed(composed);
});

test("no line of the log holds a token, a password, words, a header or an address of a request that failed, nor can one begin another line", async (context) => {
  const { composed, lines } = await openWithLog(context);
  const [http, house] = [composed.http(), composed.house()];
  const alice = await http.register("alice");
  const room = await makeRoomWith(alice, [], { name: WORDS });
  await say(alice, room, WORDS);
  const fileId = textAt(ok(await alice.request("POST", "/_matrix/media/v3/upload", { rawBody: WORDS })), "content_uri").slice(6);
  for (const entry of readdirSync(join(composed.dataDir, "media"), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) appendFileSync(join(entry.parentPath, entry.name), "damage");
  const broken = await alice.get(`/_matrix/client/v1/media/download/${fileId}`);
  assert.equal(broken.status, 500);
  await house.storage.close();
  await Promise.all(failingRequests(http, alice, room));
  const entries = lines.map((line): Json => JSON.parse(line) as Json); // what JSON.parse gives is JSON
  assert.ok(entries.filter((entry) => at(entry, "msg") === "a request failed").length >= 7);
  assert.deepEqual(
    entries.filter((entry) => at(entry, "msg") === "forged"),
    [],
  );
  for (const line of lines) {
    assert.equal(line.indexOf("\n"), line.length - 1, "a line is one line");
    for (const secret of [alice.token, alice.password, WORDS, "forged"]) assert.ok(!line.includes(secret), `${secret} in ${line}`);
    assert.doesNotMatch(line, /authorization|bearer|access_token|\/_matrix\//i);
  }
  await closeFailed(composed);
});
