// A house with people in every standing towards a private room, and marks in everything that is not for all of them.
import assert from "node:assert/strict";
import { type Json, ok, route, type Session, textAt } from "@wardroom/testkit";
import { newDeviceKeys } from "../../src/e2ee/client-keys.test-support.ts";
import { addChild, setAlias } from "../directory-steps.test-support.ts";
import { partsOf, reserve, upload } from "../media-steps.test-support.ts";
import { edit, react, reply } from "../relation-steps.test-support.ts";
import { act, join, makeRoom, redact, say, send, setState } from "../room-steps.test-support.ts";
import type { RunningServer } from "../running-server.test-support.ts";
import { nextBatch, sync } from "../sync-steps.test-support.ts";
import { absent, type Names } from "./names.test-support.ts";

export const outside = ["left", "banned", "invited", "knocked", "stranger", "neighbour", "kicked"] as const;
export type Standing = (typeof outside)[number];

/** A word that nobody could guess and that stands nowhere else. */
export interface Mark {
  readonly word: string;
  readonly what: string;
  /** Those outside who may have it. */
  readonly seenBy: readonly Standing[];
}

export interface World {
  readonly owner: Session;
  readonly member: Session;
  readonly late: Session;
  readonly people: Readonly<Record<Standing, Session>>;
  /** What each of them could ask for that is not theirs: the room is the one in which they stand as they do. */
  readonly theirs: (standing: Standing) => Names;
  readonly mine: (standing: Standing) => Names;
  readonly rooms: { readonly den: string; readonly gate: string; readonly space: string; readonly cellar: string };
  readonly marks: readonly Mark[];
  /** Roots of threads: one said while those who left were there, one later, one at the gate. */
  readonly roots: readonly string[];
  /** Media ids. */
  readonly files: readonly string[];
  /** Tokens of before anything was said, and tokens that the owner got. */
  readonly since: Readonly<Record<Standing, string>>;
  readonly ownersToken: string;
}

const backup = { algorithm: "m.megolm_backup.v1.curve25519-aes-sha2", auth_data: { public_key: "example" } };
const key = (ciphertext: string) => ({
  first_message_index: 0,
  forwarded_count: 0,
  is_verified: true,
  session_data: { ciphertext },
});

type Marker = (what: string, ...seenBy: readonly Standing[]) => string;

/** Makes marks and keeps them in the list. */
const createMark =
  (marks: Mark[]): Marker =>
  (what, ...seenBy) => {
    const word = `zq${String(marks.length).padStart(3, "0")}${what.replaceAll(/[^a-z]/g, "")}qz`;
    marks.push({ word, what, seenBy });
    return word;
  };

/** What one person has of every kind, beside the room. */
async function belongings(who: Session, room: string, event: string, mark: Marker): Promise<Names> {
  // A file that its owner never named in clear may belong to an encrypted message: it is for those in a room with them.
  const media = await upload(who, mark("bytes of a file", "neighbour"), { name: `${mark("name of a file", "neighbour")}.txt` });
  ok(await who.post("/room_keys/version", backup));
  let version = textAt(ok(await who.post("/room_keys/version", { ...backup, auth_data: { public_key: mark("auth data") } })), "version");
  if (who.name === "owner") version = textAt(ok(await who.post("/room_keys/version", backup)), "version");
  const session = `session-of-${who.name}`;
  const put = { query: { version }, body: key(mark("key in a backup")) };
  ok(await who.request("PUT", route`/room_keys/keys/${room}/${session}`, put));
  const of = (rest: string) => route`/user/${who.userId}/` + rest;
  const filter = textAt(ok(await who.post(of("filter"), { room: { timeline: { types: [mark("filter")] } } })), "filter_id");
  const alias = `#${mark("alias")}:localhost`;
  await setAlias(who, alias, room);
  const names = { room, event, user: who.userId, alias, device: who.deviceId, version, filter, session };
  return { ...names, media: partsOf(media)[1], reserved: partsOf(await reserve(who))[1] };
}

async function personalThings(who: Session, room: string, mark: Marker): Promise<void> {
  const device = newDeviceKeys(who);
  ok(await who.post("/keys/upload", { device_keys: device.deviceKeys, one_time_keys: device.oneTimeKeys("A", "B", "C", "D", "E", "F") }));
  const of = (rest: string) => route`/user/${who.userId}/` + rest;
  ok(await who.put(of("account_data/org.example"), { a: mark("account data") }));
  ok(await who.put(of(`account_data/${mark("type of account data")}`), { a: 1 }));
  ok(await who.put(of(route`rooms/${room}/account_data/org.example`), { a: mark("account data of a room") }));
  ok(await who.put(of(route`rooms/${room}/tags/${`u.${mark("tag")}`}`), { order: 0.1 }));
  ok(await who.put(route`/pushrules/global/content/${mark("push rule")}`, { pattern: mark("pattern"), actions: ["notify"] }));
  const app = { app_id: "org.example", pushkey: mark("push key"), app_display_name: mark("app"), device_display_name: "d", lang: "en" };
  ok(
    await who.post("/pushers/set", {
      ...app,
      kind: "http",
      data: { url: `https://${mark("push address")}.invalid/_matrix/push/v1/notify` },
    }),
  );
  ok(await who.put(route`/devices/${who.deviceId}`, { display_name: mark("device name") }));
  ok(await who.put(route`/presence/${who.userId}/status`, { presence: "online", status_msg: mark("status message") }));
}

/** Stands beside each mark in a message, so that a search which does not name the mark would find it. */
export const COMMON = "commonplace";

/** What is said in the room while `seenBy` are still there, or not. */
async function talk(by: Session, room: string, mark: (what: string) => string, media: string): Promise<string> {
  const root = await say(by, room, `${mark("message")} ${COMMON}`);
  const file = { msgtype: "m.file", body: `${mark("file name in a message")} ${COMMON}`, url: media, info: { mimetype: mark("mime") } };
  await send(by, room, "m.room.message", file);
  await reply(by, room, root, `${mark("reply in a thread")} ${COMMON}`);
  await react(by, room, root, mark("reaction"));
  await edit(by, room, root, `${mark("edited words")} ${COMMON}`);
  await send(by, room, mark("type of an event"), { deep: { deeper: [mark("content of an own type")] } });
  await setState(by, room, "org.example.state", { a: mark("own state") }, mark("state key"));
  await redact(by, room, await say(by, room, `${mark("redacted words")} ${COMMON}`), mark("reason of a redaction"));
  ok(await by.post(route`/rooms/${room}/report/${root}`, { reason: mark("reason of a report") }));
  return root;
}

export async function buildWorld(server: RunningServer): Promise<World> {
  const marks: Mark[] = [];
  const mark = createMark(marks);
  const [owner, member, late, ...others] = await server.people("owner", "member", "late", ...outside);
  assert.ok(owner && member && late && others.length === outside.length);
  // As many as there are names, in their order.
  const people = Object.fromEntries(outside.map((standing, index) => [standing, others[index]])) as Record<Standing, Session>;
  const since = Object.fromEntries(
    await Promise.all(outside.map(async (standing) => [standing, nextBatch(await sync(people[standing]))] as const)),
    // One for each standing.
  ) as Record<Standing, string>;
  const gone = ["left", "banned", "kicked"] as const;

  const den = await makeRoom(owner, { preset: "private_chat", name: mark("first name", ...gone), topic: mark("first topic", ...gone) });
  for (const who of [member, people.left, people.banned, people.kicked]) {
    await act(owner, "invite", den, who);
    await join(who, den);
  }
  const early = await upload(owner, mark("early file", ...gone));
  // Those who were there when words were redacted had them, but may not have them again.
  const earlyRoot = await talk(owner, den, (what) => mark(what, ...(/redacted|report/.test(what) ? [] : gone)), early);
  ok(await people.left.request("POST", route`/rooms/${den}/leave`, { body: { reason: mark("reason of leaving", ...gone) } }));
  await act(owner, "ban", den, people.banned, mark("reason of a ban", "banned", "kicked"));
  await act(owner, "kick", den, people.kicked, mark("reason of a kick", "kicked"));

  await act(owner, "invite", den, late);
  await join(late, den);
  marks.push({ word: late.userId, what: "who came later", seenBy: [] });
  await setState(owner, den, "m.room.name", { name: mark("later name", "invited") });
  await setState(owner, den, "m.room.topic", { topic: mark("later topic", "invited") });
  await setState(owner, den, "m.room.member", { membership: "join", displayname: mark("name in the room", "invited") }, owner.userId);
  await setState(member, den, "m.room.member", { membership: "join", displayname: mark("member's name") }, member.userId);
  const file = await upload(owner, mark("later file"));
  const event = await talk(owner, den, (what) => mark(what), file);
  await act(owner, "invite", den, people.invited, mark("reason of an invitation", "invited"));

  // Whoever knows the id of a room that takes questions is told what it is (Client-Server API, "Room summary").
  const gate = await makeRoom(owner, { name: "gate", initial_state: [{ type: "m.room.join_rules", content: { join_rule: "knock" } }] });
  await act(owner, "invite", gate, member);
  await join(member, gate);
  await act(owner, "invite", gate, late);
  await join(late, gate);
  const gateFile = await upload(owner, mark("file at the gate"));
  const gateEvent = await talk(owner, gate, (what) => mark(`${what} at the gate`), gateFile);
  ok(await people.knocked.post(route`/knock/${gate}`, { reason: mark("reason of a knock", "knocked") }));

  const cellar = await makeRoom(owner, { name: mark("name in a space"), topic: mark("topic in a space") });
  const space = await makeRoom(owner, { name: mark("space"), topic: mark("topic of a space"), creation_content: { type: "m.space" } });
  await addChild(owner, space, cellar, { order: mark("order of a child") });
  // An open space may hold a private room: that it is there is said by who keeps the space, what it is is not.
  const openSpace = await makeRoom(owner, { preset: "public_chat", visibility: "public", creation_content: { type: "m.space" } });
  await addChild(owner, openSpace, cellar);
  const hall = await makeRoom(owner, { preset: "public_chat" });
  await join(people.neighbour, hall);
  await say(owner, hall, "in the hall");

  const ofOwner = await belongings(owner, den, event, mark);
  await personalThings(member, den, mark);
  await personalThings(late, den, mark);
  ok(
    await owner.put(route`/sendToDevice/${mark("to-device type")}/${"t"}`, {
      messages: { [member.userId]: { "*": { a: mark("to-device message") } } },
    }),
  );
  marks.push({ word: den, what: "a private room", seenBy: [...gone, "invited"] }, { word: event, what: "an event", seenBy: [] });
  // What belongs to people outside is theirs; it is marked only so that the same steps serve.
  const own = createMark([]);
  const mine = new Map<Standing, Names>();
  for (const standing of outside) {
    const who = people[standing];
    const room = await makeRoom(who);
    mine.set(standing, await belongings(who, room, await say(who, room, "mine"), (what) => own(`${what}${standing}`)));
  }
  return {
    owner,
    member,
    late,
    people,
    rooms: { den, gate, space, cellar },
    marks,
    roots: [earlyRoot, event, gateEvent],
    files: [early, file, gateFile].map((uri) => partsOf(uri)[1]).concat(ofOwner.media, ofOwner.reserved),
    since,
    ownersToken: nextBatch(await sync(owner)),
    theirs: (standing) => ({
      ...ofOwner,
      user: late.userId,
      device: late.deviceId,
      media: partsOf(file)[1],
      ...(standing === "knocked" ? { room: gate, event: gateEvent, media: partsOf(gateFile)[1] } : {}),
    }),
    mine: (standing) => mine.get(standing) ?? absent,
  };
}

/** All that the owner and the member have, to see that nothing of it was changed. */
export async function holdings({ owner, member, rooms }: World): Promise<readonly string[]> {
  const parts: Json[] = [];
  for (const who of [owner, member]) {
    for (const path of ["/devices", "/pushers", "/pushrules/global/", "/room_keys/keys?version=3", "/room_keys/version"])
      parts.push((await who.get(path)).json ?? null);
    const { account_data: data, to_device: messages } = ok(await who.get("/sync")) as { readonly [name: string]: Json };
    parts.push(data ?? null, messages ?? null);
  }
  for (const room of [rooms.den, rooms.gate, rooms.space, rooms.cellar]) {
    for (const path of ["messages?dir=f&limit=500", "aliases", "members"]) parts.push(ok(await owner.get(route`/rooms/${room}/` + path)));
    parts.push((await owner.get(route`/directory/list/room/${room}`)).json ?? null);
  }
  return parts.map((part) => JSON.stringify(part).replaceAll(/"(age|last_seen_ts)":\d+/g, ""));
}
