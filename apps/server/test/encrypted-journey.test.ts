// Two people with two devices each, with the client that people use and its Rust crypto: what they say is theirs alone.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  type ChatClient,
  createHttpClient,
  createSpecValidator,
  ok,
  route,
  type RoomView,
  type SeenEvent,
  startChatClient,
  startServer,
  waitUntil,
} from "@wardroom/testkit";
import { history } from "./room-steps.test-support.ts";

const find = (view: RoomView, id: string): SeenEvent | undefined => view.events.find((event) => event.id === id);
const shows =
  (id: string, body: string) =>
  (view: RoomView): boolean =>
    find(view, id)?.body === body && find(view, id)?.encrypted === true;

test("two people with two devices each chat encrypted, recover their history, part and are thrown out", async (context) => {
  const server = await startServer();
  after(() => server.dispose());
  const http = createHttpClient(server.url, createSpecValidator(process.env["MATRIX_SPEC_DIR"]));
  const clients: ChatClient[] = [];
  after(() => Promise.all(clients.map((client) => client.close())));
  const signIn = async (name: string, register: boolean) => {
    const client = startChatClient();
    clients.push(client);
    return { client, ...(await client.start({ url: server.url, name, password: `a pass phrase of ${name}`, register, encrypted: true })) };
  };

  const [alice, bob] = await Promise.all([signIn("alice", true), signIn("bob", true)]);
  const recoveryKeys = { alice: "", bob: "" };

  await context.test("each makes a cross-signing identity without being asked for a password, and a key backup", async () => {
    recoveryKeys.alice = await alice.client.setUpRecovery("alice", "a wrong one: it must not be asked for");
    recoveryKeys.bob = await bob.client.setUpRecovery("bob", "a wrong one: it must not be asked for");
    assert.ok(await alice.client.isSignedByOwner(alice.userId, alice.deviceId));
    assert.ok(await bob.client.isSignedByOwner(bob.userId, bob.deviceId));
  });

  const room = await alice.client.createRoom({ name: "Sealed", invite: [bob.userId], encrypted: true });
  await bob.client.until("the invite", room, ({ membership }) => membership === "invite");
  await bob.client.join(room);
  await Promise.all([alice, bob].map(({ client }) => client.until("the room", room, ({ membership }) => membership === "join")));
  const secrets: string[] = [];
  const secret = (text: string): string => {
    secrets.push(text);
    return text;
  };
  const seenBy = (readers: readonly { readonly client: ChatClient }[], what: string, holds: (view: RoomView) => boolean) =>
    Promise.all(readers.map(({ client }) => client.until(what, room, holds)));

  await context.test("both read what both say", async () => {
    for (const { client, userId } of [alice, bob, alice]) {
      const words = secret(`a secret of ${userId}`);
      const id = await client.send(room, words);
      await seenBy([alice, bob], words, shows(id, words));
    }
  });

  let threadRoot = "";
  await context.test("edits, reactions, threads and redactions reach the other", async () => {
    const first = await alice.client.send(room, secret("teh plan"));
    await seenBy([bob], "the plan", shows(first, "teh plan"));
    await alice.client.edit(room, first, secret("the plan"));
    await bob.client.react(room, first, "👍");
    await seenBy([alice, bob], "the edited plan", (view) => shows(first, "the plan")(view) && find(view, first)?.reactions["👍"] === 1);
    threadRoot = first;
    await bob.client.sendInThread(room, first, secret("in the thread"));
    await waitUntil("the words in the thread", 20_000, async () => {
      return (await alice.client.thread(room, first)).includes("in the thread") ? true : undefined;
    });
    const slip = await bob.client.send(room, secret("a slip of the tongue"));
    await seenBy([alice], "the slip", shows(slip, "a slip of the tongue"));
    await bob.client.redact(room, slip);
    await seenBy([alice, bob], "the slip redacted", (view) => find(view, slip)?.redacted === true && find(view, slip)?.body === "");
  });

  let file = "";
  await context.test("a file goes sealed and is opened by the other", async () => {
    file = await alice.client.sendFile(room, "figures.txt", secret("the figures of the year"));
    await seenBy([bob], "the file", (view) => find(view, file)?.encrypted === true && find(view, file)?.unreadable === false);
    assert.equal(await bob.client.openFile(room, file), "the figures of the year");
  });

  await Promise.all([alice.client.backUp(), bob.client.backUp()]);
  const [alice2, bob2] = await Promise.all([signIn("alice", false), signIn("bob", false)]);

  await context.test("a new device cannot read the past until it has the recovery key, and then reads all of it", async () => {
    for (const [device, key] of [
      [alice2, recoveryKeys.alice],
      [bob2, recoveryKeys.bob],
    ] as const) {
      await device.client.until("the file, unreadable", room, (view) => find(view, file)?.unreadable === true);
      assert.ok((await device.client.recover(key)) > 0);
      await device.client.scrollBack(room, 100);
      await device.client.until("the past", room, shows(threadRoot, "the plan"));
      assert.equal(await device.client.openFile(room, file), "the figures of the year");
    }
  });

  await context.test("a new device is signed by its owner in the eyes of the other person", async () => {
    for (const [viewer, owner] of [
      [bob, alice2],
      [alice2, bob2],
    ] as const) {
      const isSigned = async () => ((await viewer.client.isSignedByOwner(owner.userId, owner.deviceId)) ? true : undefined);
      await waitUntil("the signature of the owner", 20_000, isSigned);
    }
  });

  const everywhere = [alice, alice2, bob, bob2];
  const talk = async (
    tag: string,
    speakers: readonly { readonly client: ChatClient }[],
    readers: readonly { readonly client: ChatClient }[],
  ) => {
    for (const [turn, { client }] of speakers.entries()) {
      const words = secret(`${tag} ${turn}`);
      const id = await client.send(room, words);
      await seenBy(readers, words, shows(id, words));
    }
  };
  await context.test("all four devices read what any of them says", () => talk("from everywhere", everywhere, everywhere));

  const comeBackAfter = async (words: string): Promise<string> => {
    const hasLeft = ({ events }: RoomView) =>
      events.findLast(({ stateKey, type }) => type === "m.room.member" && stateKey === bob.userId)?.membership === "leave";
    await bob.client.leave(room);
    await seenBy([bob, bob2], "the room left", ({ membership }) => membership === "leave");
    // Until her client has seen the leave it would use the key that Bob has.
    await seenBy([alice], "the leave", hasLeft);
    const missed = await alice.client.send(room, secret(words));
    await alice.client.invite(room, bob.userId);
    await bob.client.until("the invite", room, ({ membership }) => membership === "invite");
    await bob.client.join(room);
    await seenBy([bob, bob2], "the room again", ({ membership }) => membership === "join");
    await talk(`back after ${words}`, [alice, bob], everywhere);
    await bob.client.scrollBack(room, 100);
    return missed;
  };

  await context.test(
    "who left and is invited back is given the keys of what was said meanwhile, where the room shares its history",
    async () => {
      const missed = await comeBackAfter("behind his back");
      await seenBy([bob], "what was said meanwhile", shows(missed, "behind his back"));
    },
  );

  await context.test("where only members see, who was away sees nothing of what was said meanwhile", async () => {
    const asAlice = await http.login("alice", "a pass phrase of alice");
    ok(await asAlice.put(route`/rooms/${room}/state/m.room.history_visibility/`, { history_visibility: "joined" }));
    const closed = ({ events }: RoomView) => events.filter(({ type }) => type === "m.room.history_visibility").length === 2;
    await seenBy([alice], "the new visibility", closed);
    const missed = await comeBackAfter("behind a closed door");
    for (const { client } of [bob, bob2]) assert.equal(find(await client.view(room), missed), undefined);
  });

  await context.test("the kicked can neither speak nor read", async () => {
    await alice.client.kick(room, bob.userId);
    await seenBy([bob, bob2], "the kick", ({ membership }) => membership === "leave");
    await assert.rejects(bob.client.send(room, "still here?"));
    const after = await alice.client.send(room, secret("among ourselves"));
    await seenBy([alice2], "the words among ourselves", shows(after, "among ourselves"));
    assert.equal(find(await bob2.client.view(room), after), undefined);
  });

  await context.test("the server holds ciphertext of all of it and no word, and answered as the specification says", async () => {
    const reader = await http.login("alice", "a pass phrase of alice");
    const events = await history(reader, room, { dir: "f" });
    const stored = JSON.stringify(events);
    for (const words of secrets) assert.ok(!stored.includes(words), words);
    assert.ok(stored.split(`"m.room.encrypted"`).length > 15, "the events are there, encrypted");
    for (const { client } of everywhere) {
      const { violations, loggedOut } = await client.health();
      assert.deepEqual({ violations, loggedOut }, { violations: [], loggedOut: false });
    }
  });
});
