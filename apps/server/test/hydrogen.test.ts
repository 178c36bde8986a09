// A client that shares no code with matrix-js-sdk and knows the addresses under r0 only: plain chat.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  createHttpClient,
  createSpecValidator,
  type HydrogenView,
  ok,
  recordAt,
  route,
  startHydrogenClient,
  startServer,
} from "@wardroom/testkit";
import { say } from "./room-steps.test-support.ts";

const find = (view: HydrogenView, body: string) => view.events.find((event) => event.body === body);

test("two Hydrogen clients invite, chat, react, redact and part by the addresses under r0 alone", async () => {
  const server = await startServer();
  after(() => server.dispose());
  const http = createHttpClient(server.url, createSpecValidator(process.env["MATRIX_SPEC_DIR"]));
  const [ann, ben] = [await http.register("ann"), await http.register("ben")];
  const [hydrogenOfAnn, hydrogenOfBen] = [startHydrogenClient(), startHydrogenClient()];
  after(() => Promise.all([hydrogenOfAnn.close(), hydrogenOfBen.close()]));
  const started = [
    await hydrogenOfAnn.start({ url: server.url, name: "ann", password: ann.password }),
    await hydrogenOfBen.start({ url: server.url, name: "ben", password: ben.password }),
  ];
  assert.deepEqual(started, [{ userId: ann.userId }, { userId: ben.userId }]);

  const room = await hydrogenOfAnn.createRoom({ name: "Hall", invite: [ben.userId] });
  await hydrogenOfBen.until("the invite", room, ({ membership }) => membership === "invite");
  await hydrogenOfBen.accept(room);
  const both = [hydrogenOfAnn, hydrogenOfBen];
  const bothSee = (what: string, holds: (view: HydrogenView) => boolean) =>
    Promise.all(both.map((client) => client.until(what, room, holds)));
  await bothSee("the room", ({ membership }) => membership === "join");

  await hydrogenOfAnn.send(room, "hello from ann");
  await hydrogenOfBen.send(room, "你好，我是 ben");
  const [seen] = await bothSee(
    "both greetings",
    (view) => find(view, "hello from ann") !== undefined && find(view, "你好，我是 ben") !== undefined,
  );
  const greeting = seen === undefined ? undefined : find(seen, "hello from ann");
  assert.equal(greeting?.sender, ann.userId);

  await hydrogenOfBen.react(room, greeting?.id ?? "", "👋");
  await bothSee("the reaction", (view) => find(view, "hello from ann")?.reactions["👋"] === 1);
  await hydrogenOfAnn.redact(room, greeting?.id ?? "");
  await bothSee("the redaction", ({ events }) => events.find(({ id }) => id === greeting?.id)?.redacted === true);

  await say(ann, room, "from another client");
  await bothSee("the words of another client", (view) => find(view, "from another client") !== undefined);
  await hydrogenOfBen.leave(room);
  assert.deepEqual(Object.keys(recordAt(ok(await ann.get(route`/rooms/${room}/joined_members`)), "joined")), [ann.userId]);

  const paths = (await Promise.all(both.map((client) => client.paths()))).flat();
  const others = paths.filter((path) => !/ \/(_matrix\/client\/(r0\/|versions|unstable\/)|\.well-known\/)/.test(path));
  assert.deepEqual(others, [], "nothing was asked for under another name");
});
