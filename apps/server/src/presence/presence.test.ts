import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@wardroom/testkit";
import { type Actor, createCounter, type Timers } from "#kernel";
import { createTracker } from "./create-tracker.ts";
import { createPresence } from "./index.ts";

const me = "@me:x";
const device = (deviceId: string, userId = me): Actor => ({ userId, deviceId, isAdmin: false });
const [phone, laptop] = [device("PHONE"), device("LAPTOP")];
const MINUTE = 60_000;

function open(mostPeople?: number) {
  const clock = createFakeClock();
  const ephemeral = createCounter();
  let due: { readonly at: number; readonly work: () => void }[] = [];
  const timers: Timers = {
    after(milliseconds, work) {
      const entry = { at: clock.now() + milliseconds, work };
      due.push(entry);
      return { cancel: () => void (due = due.filter((other) => other !== entry)) };
    },
  };
  const presence = createTracker({ clock, timers, ephemeral, ...(mostPeople === undefined ? {} : { mostPeople }) });
  const told: string[][] = [];
  presence.onChange((userIds) => told.push([...userIds]));
  /** Time goes by a second at a time, and what is due happens. */
  const pass = (milliseconds: number) => {
    for (let left = milliseconds; left > 0; left -= 1000) {
      clock.advance(Math.min(left, 1000));
      const now = due.filter(({ at }) => at <= clock.now());
      due = due.filter((entry) => !now.includes(entry));
      for (const { work } of now) work();
    }
  };
  return { presence, ephemeral, told, pass, timers: () => due.length, state: (userId = me) => presence.get(userId).presence };
}

test("a person is online while a device asks for news, and away half a minute after its last request", () => {
  const { presence, state, pass } = open();
  assert.equal(state(), "offline");
  const disconnect = presence.connect(phone, "online");
  assert.equal(state(), "online");
  pass(2 * MINUTE);
  assert.equal(state(), "online", "a long wait is being there");
  disconnect();
  pass(20_000);
  presence.connect(phone, "online")();
  pass(20_000);
  assert.equal(state(), "online");
  pass(MINUTE);
  assert.equal(state(), "offline");
});

test("a request that does not want to be seen changes nothing", () => {
  const { presence, state, ephemeral } = open();
  presence.connect(phone, "offline")();
  assert.deepEqual([state(), ephemeral.value()], ["offline", 0]);
});

test("who does nothing for five minutes is idle, and back at the next word", () => {
  const { presence, state, pass } = open();
  presence.connect(phone, "online");
  pass(6 * MINUTE);
  assert.equal(state(), "unavailable");
  presence.noteActivity(phone);
  assert.equal(state(), "online");
});

test("one device online makes its person online, whatever the others say", () => {
  const { presence, state, pass } = open();
  presence.connect(phone, "unavailable");
  assert.equal(state(), "unavailable");
  const disconnect = presence.connect(laptop, "online");
  assert.equal(state(), "online");
  disconnect();
  pass(MINUTE);
  assert.equal(state(), "unavailable");
});

test("what a person says of themselves holds for the device that says it, with its message, until the next time", () => {
  const { presence, state, pass } = open();
  presence.connect(phone, "online");
  presence.set(phone, "unavailable", "at lunch");
  assert.deepEqual(presence.get(me), { presence: "unavailable", lastActiveAgo: 0, statusMessage: "at lunch" });
  pass(5000);
  presence.set(phone, "online");
  assert.deepEqual(presence.get(me), { presence: "online", lastActiveAgo: 0, currentlyActive: true });
  presence.set(phone, "offline");
  assert.equal(state(), "offline");
});

test("doing one thing after another is no news; ceasing to is, once", () => {
  const { presence, ephemeral, pass } = open();
  presence.connect(phone, "online");
  const start = ephemeral.value();
  for (let n = 0; n < 20; n += 1) {
    presence.noteActivity(phone);
    pass(10_000);
  }
  assert.equal(ephemeral.value(), start);
  pass(MINUTE + 10_000);
  assert.equal(ephemeral.value(), start + 1);
  assert.equal(presence.get(me).currentlyActive, false);
  assert.ok((presence.get(me).lastActiveAgo ?? 0) >= MINUTE);
});

test("changes are told together, a little later, and each person once", () => {
  const { presence, told, pass } = open();
  presence.connect(phone, "online");
  presence.connect(device("D", "@other:x"), "online");
  presence.set(phone, "unavailable");
  assert.deepEqual(told, []);
  pass(1000);
  assert.deepEqual(told, [[me, "@other:x"]]);
});

test("the log says who changed since a count, each once, and nothing once all is seen", () => {
  const { presence, ephemeral } = open();
  presence.connect(phone, "online");
  const seen = ephemeral.value();
  presence.connect(device("D", "@other:x"), "online");
  presence.set(device("D", "@other:x"), "unavailable");
  assert.deepEqual(presence.changedSince(seen), ["@other:x"]);
  assert.deepEqual(presence.changedSince(0)?.length, 2);
  assert.deepEqual(presence.changedSince(ephemeral.value()), []);
});

test("people, devices and log are bounded: who is dropped is shown as away, and a count from too far back is answered as unknown", () => {
  const { presence, state, ephemeral } = open(3);
  for (let n = 0; n < 5; n += 1) presence.connect(device("D", `@u${n}:x`), "online");
  assert.deepEqual(presence.listPresent(), ["@u2:x", "@u3:x", "@u4:x"]);
  assert.equal(state("@u0:x"), "offline");
  const seen = ephemeral.value();
  presence.connect(device("D", "@u5:x"), "online");
  assert.deepEqual(presence.changedSince(seen), ["@u5:x", "@u2:x"], "one came, one was dropped for it");
  for (let n = 0; n < 40; n += 1) presence.connect(device(`D${n}`), "online")();
  for (let n = 0; n < 9; n += 1) presence.connect(device("D", `@v${n}:x`), "online");
  assert.equal(presence.changedSince(0), undefined);
  assert.deepEqual(presence.changedSince(ephemeral.value()), []);
});

test("a forgotten person leaves no message behind", () => {
  const { presence } = open();
  presence.set(phone, "online", "private");
  presence.forget(me);
  assert.deepEqual(presence.get(me), { presence: "offline" });
});

test("no timer runs while nobody is there, nor after closing", () => {
  const { presence, pass, timers } = open();
  assert.equal(timers(), 0);
  const disconnect = presence.connect(phone, "online");
  assert.ok(timers() > 0);
  disconnect();
  pass(2 * MINUTE);
  assert.equal(timers(), 0);
  presence.connect(phone, "online");
  presence.close();
  assert.equal(timers(), 0);
});

test("where presence is off everybody is offline, whatever they say", () => {
  const clock = createFakeClock();
  const presence = createPresence({ isOn: false, clock });
  presence.onChange(() => assert.fail("nobody is woken"));
  presence.set(phone, "online", "here");
  presence.connect(phone, "online")();
  presence.noteActivity(phone);
  assert.deepEqual(presence.get(me), { presence: "offline" });
  assert.deepEqual([presence.changedSince(0), presence.listPresent()], [[], []]);
});
