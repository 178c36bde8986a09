// Two people with the client that people use, each in a process of its own, through a server that stops and falls.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  type ChatClient,
  createHttpClient,
  createSpecValidator,
  type RoomView,
  type SeenEvent,
  startChatClient,
  startServer,
} from "@wardroom/testkit";
import { history, idsOf, say } from "./room-steps.test-support.ts";

const messages = (view: RoomView) => view.events.filter(({ type }) => type === "m.room.message");
const texts = (view: RoomView) => messages(view).map(({ body }) => body);
const find = (view: RoomView, id: string): SeenEvent | undefined => view.events.find((event) => event.id === id);
const ends = (list: readonly string[], tail: readonly string[]) => JSON.stringify(list.slice(-tail.length)) === JSON.stringify(tail);

test("two clients meet, talk, edit, react, redact, part and are thrown out, while the server restarts and is killed", async (context) => {
  const server = await startServer();
  after(() => server.dispose());
  const http = createHttpClient(server.url, createSpecValidator(process.env["MATRIX_SPEC_DIR"]));
  const account = await http.register("bob");
  const [alice, bob] = [startChatClient(), startChatClient()];
  after(() => Promise.all([alice.close(), bob.close()]));
  const both: readonly ChatClient[] = [alice, bob];
  const password = "a pass phrase of Alice";

  const { userId: aliceId } = await alice.start({ url: server.url, name: "alice", password, register: true });
  const { userId: bobId } = await bob.start({ url: server.url, name: "bob", password: account.password, register: false });
  assert.deepEqual([aliceId, bobId], ["@alice:localhost", "@bob:localhost"]);

  const room = await alice.createRoom({ name: "Two", invite: [bobId] });
  const bothSee = (what: string, holds: (view: RoomView) => boolean) => Promise.all(both.map((client) => client.until(what, room, holds)));
  const talk = async (tag: string) => {
    const said: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      for (const [client, name] of [
        [alice, "alice"],
        [bob, "bob"],
      ] as const) {
        said.push(`${tag} ${name} ${turn}`);
        await client.send(room, `${tag} ${name} ${turn}`);
      }
    }
    await bothSee(`the talk "${tag}"`, (view) => ends(texts(view), said) && view.pending === 0);
  };

  await context.test("an invite is seen, accepted, and both chat", async () => {
    await bob.until("the invite", room, ({ membership }) => membership === "invite");
    await bob.join(room);
    await bothSee("both as members", ({ membership }) => membership === "join");
    await talk("first");
  });

  await context.test("an edit takes the place of the first words, a reaction counts, a redaction empties", async () => {
    const first = await alice.send(room, "teh words");
    await bothSee("the first words", (view) => find(view, first)?.body === "teh words");
    await alice.edit(room, first, "the words");
    await bothSee("the edited words", (view) => find(view, first)?.body === "the words");
    await bob.react(room, first, "👍");
    await bothSee("the reaction", (view) => find(view, first)?.reactions["👍"] === 1);
    const slip = await bob.send(room, "a slip");
    await bothSee("the slip", (view) => find(view, slip)?.body === "a slip");
    await bob.redact(room, slip);
    await bothSee("the slip redacted", (view) => find(view, slip)?.redacted === true && find(view, slip)?.body === "");
  });

  await context.test("the server is restarted, and they go on", async () => {
    await server.restart();
    await talk("after the restart");
  });

  await context.test("the server is killed, and they go on", async () => {
    await server.kill();
    await server.restart();
    await talk("after the kill");
  });

  const reader = await http.login("alice", password);
  const told = await history(reader, room, { dir: "f" });

  await context.test("each event came to each of them exactly once and in the room's order", async () => {
    for (const client of both) {
      const { delivered } = await client.view(room);
      assert.deepEqual(delivered, idsOf(told).slice(-delivered.length));
      assert.ok(delivered.length >= 20, "all of the talk");
    }
    assert.equal((await alice.view(room)).delivered.length, told.length, "alice was there from the beginning");
    const shown = await Promise.all(both.map(async (client) => messages(await client.view(room)).map(({ id }) => id)));
    assert.deepEqual(shown[0], shown[1]);
  });

  await context.test("who leaves hears no more; invited again, they are back", async () => {
    await bob.leave(room);
    await bob.until("the room left", room, ({ membership }) => membership === "leave");
    await alice.until("the leave", room, ({ events }) =>
      events.some(({ stateKey, membership }) => stateKey === bobId && membership === "leave"),
    );
    await alice.send(room, "behind his back");
    await alice.invite(room, bobId);
    await bob.until("a new invite", room, ({ membership }) => membership === "invite");
    await bob.join(room);
    await bob.until("the room again", room, ({ membership }) => membership === "join");
    await talk("together again");
  });

  await context.test("the kicked is out until invited, the banned until unbanned", async () => {
    await alice.kick(room, bobId);
    await bob.until("the kick", room, ({ membership }) => membership === "leave");
    await assert.rejects(bob.send(room, "still here?"));
    await alice.invite(room, bobId);
    await bob.join(room);
    await bob.until("the room after the kick", room, ({ membership }) => membership === "join");
    await alice.ban(room, bobId);
    await bob.until("the ban", room, ({ membership }) => membership === "ban");
    await assert.rejects(bob.join(room));
    await assert.rejects(alice.invite(room, bobId));
    await alice.unban(room, bobId);
    await alice.invite(room, bobId);
    await bob.join(room);
    await talk("peace");
  });

  await context.test("a message of another device of one's own comes too", async () => {
    await say(reader, room, "from my phone");
    await bothSee("the words from the phone", (view) => ends(texts(view), ["from my phone"]));
  });

  await context.test("they signed in once, made one initial sync each, and got no answer that the specification forbids", async () => {
    for (const client of both) {
      const { violations, loggedOut, logins, initialSyncs } = await client.health();
      assert.deepEqual({ violations, loggedOut, logins, initialSyncs }, { violations: [], loggedOut: false, logins: 1, initialSyncs: 1 });
    }
  });
});
