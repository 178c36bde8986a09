// `npm run demo [-- --lang zh-CN|en]`: two people chat encrypted through a fresh server, then what that server holds of it.
import { parseArgs } from "node:util";
import { createHttpClient, createSpecValidator, listAt, ok, route, startChatClient, startServer, textAt } from "@wardroom/testkit";

const texts = {
  en: {
    starting: "A fresh server starts in a temporary folder, and two people sign in with matrix-js-sdk and its Rust crypto.",
    keys: "Each makes a cross-signing identity, secret storage and a backup of room keys.",
    chat: "They chat in an encrypted room:",
    file: "a file",
    words: ["Is this line safe?", "Only we two can read it.", "Then here is the plan."],
    name: "plan.txt",
    content: "Meet at noon, by the old bridge.",
    newDevice: "Alice signs in on a second device. Without her recovery key it reads nothing of the past, with it everything:",
    holds: "What the server holds of it, asked with Alice's own token:",
    event: "event",
    none: (count) => `Of ${count} words and files, not one is found in what the server holds: in its answers, or in its data folder.`,
    found: (words) => `FOUND IN CLEAR: ${words}`,
    sees: "What the server does see: who is in the room, who sent something when and how large it was, the name of the room, reactions' targets and receipts.",
    unreadable: "(unreadable)",
  },
  "zh-CN": {
    starting: "在临时文件夹中启动一台全新的服务器，两个人用 matrix-js-sdk 及其 Rust 加密库登录。",
    keys: "各自建立交叉签名身份、秘密存储和房间密钥备份。",
    chat: "他们在加密房间里聊天：",
    file: "文件",
    words: ["这条线路安全吗？", "只有我们两个人读得到。", "那么，计划是这样的。"],
    name: "计划.txt",
    content: "中午在老桥边见。",
    newDevice: "Alice 在第二台设备上登录。没有恢复密钥时读不到任何历史，有了它就全都读得到：",
    holds: "服务器手里有什么（用 Alice 自己的令牌去问）：",
    event: "事件",
    none: (count) => `${count} 条话语和文件，没有一条能在服务器手里找到：回答里没有，数据文件夹里也没有。`,
    found: (words) => `发现明文：${words}`,
    sees: "服务器确实看得到的：房间里有谁，谁在何时发了多大的东西，房间的名字，表情回应的对象，以及已读回执。",
    unreadable: "（无法读取）",
  },
};

function chooseLanguage() {
  const { values } = parseArgs({ options: { lang: { type: "string" } } });
  const asked = values.lang ?? process.env.LC_ALL ?? process.env.LANG ?? "";
  if (values.lang !== undefined && !Object.hasOwn(texts, values.lang)) {
    console.error("--lang: zh-CN or en");
    process.exit(2);
  }
  return asked.startsWith("zh") ? "zh-CN" : "en";
}

const t = texts[chooseLanguage()];
const say = (line) => console.log(line);
const quote = (who, words) => say(`   ${who}: ${words}`);

async function readAll(folder) {
  const { readdirSync, readFileSync } = await import("node:fs");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`));
}

const server = await startServer();
const clients = [];
const open = async (name, register) => {
  const client = startChatClient();
  clients.push(client);
  return { client, ...(await client.start({ url: server.url, name, password: `the pass phrase of ${name}`, register, encrypted: true })) };
};
try {
  say(t.starting);
  const [alice, bob] = [await open("alice", true), await open("bob", true)];
  say(t.keys);
  const recoveryKey = await alice.client.setUpRecovery("alice", "");
  await bob.client.setUpRecovery("bob", "");

  say(t.chat);
  const room = await alice.client.createRoom({ name: "Demo", invite: [bob.userId], encrypted: true });
  await bob.client.until("the invite", room, ({ membership }) => membership === "invite");
  await bob.client.join(room);
  await bob.client.until("the room", room, ({ membership }) => membership === "join");
  const shown = (id, words) => (view) => view.events.some((event) => event.id === id && event.body === words && event.encrypted);
  for (const [turn, words] of t.words.entries()) {
    const [speaker, listener] = turn % 2 === 0 ? [alice, bob] : [bob, alice];
    const id = await speaker.client.send(room, words);
    await listener.client.until("the words", room, shown(id, words));
    quote(speaker.userId, words);
  }
  const file = await alice.client.sendFile(room, t.name, t.content);
  await bob.client.until("the file", room, shown(file, t.name));
  quote(alice.userId, `[${t.file} ${t.name}] ${await bob.client.openFile(room, file)}`);
  await alice.client.backUp();

  say(t.newDevice);
  const second = await open("alice", false);
  const withFile = (test) => (view) => view.events.some((event) => event.id === file && test(event));
  const before = await second.client.until(
    "the past",
    room,
    withFile((event) => event.unreadable),
  );
  const messages = (view) => view.events.filter((event) => event.encrypted);
  for (const event of messages(before)) quote(event.sender, event.unreadable ? t.unreadable : event.body);
  await second.client.recover(recoveryKey);
  const after = await second.client.until("the past, readable", room, (view) => messages(view).every((event) => !event.unreadable));
  for (const event of messages(after)) quote(event.sender, event.body);

  say(t.holds);
  const http = createHttpClient(server.url, createSpecValidator(undefined));
  const reader = await http.login("alice", "the pass phrase of alice");
  const held = ok(await reader.get(route`/rooms/${room}/messages`, { dir: "b", limit: "50" }));
  for (const event of listAt(held, "chunk").toReversed()) {
    if (textAt(event, "type") !== "m.room.encrypted") continue;
    say(
      `   ${t.event} ${textAt(event, "event_id").slice(0, 12)}…  m.room.encrypted  ${textAt(event, "content", "ciphertext").slice(0, 48)}…`,
    );
  }
  const secrets = [...t.words, t.name, t.content];
  const answers = JSON.stringify(held);
  const files = await readAll(server.dataFolder);
  const clear = secrets.filter((words) => answers.includes(words) || files.some((bytes) => bytes.includes(words)));
  say(clear.length === 0 ? t.none(secrets.length) : t.found(clear.join(" | ")));
  say(t.sees);
  process.exitCode = clear.length === 0 ? 0 : 1;
} finally {
  await Promise.all(clients.map((client) => client.close()));
  await server.dispose();
}
