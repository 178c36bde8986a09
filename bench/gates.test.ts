import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDeliveries, checkHistory, type Fault } from "./gates.ts";

const sent = (name: string) => ({ eventId: `$${name}`, marker: name });
const kinds = (faults: Fault[]): string[] => faults.map(({ kind, count }) => `${count} ${kind}`).sort();
const first = [sent("a1"), sent("a2"), sent("a3")];
const second = [sent("b1"), sent("b2")];
const acknowledged = [first, second];

test("a history with every message once, in the order of each connection, passes however the connections mix", () => {
  assert.deepEqual(checkHistory(acknowledged, [...first, ...second]), []);
  assert.deepEqual(checkHistory(acknowledged, ["b1", "a1", "a2", "b2", "a3"].map(sent)), []);
});

test("an acknowledged message that is not in the room is refused", () => {
  const faults = checkHistory(acknowledged, ["a1", "a3", "b1", "b2"].map(sent));
  assert.deepEqual(faults, [{ kind: "lost", count: 1, example: "$a2" }]);
  assert.deepEqual(kinds(checkHistory(acknowledged, [])), ["5 lost"]);
});

test("a message that is in the room twice under its id is refused", () => {
  assert.deepEqual(kinds(checkHistory([first], ["a1", "a1", "a2", "a3"].map(sent))), ["1 duplicated"]);
});

test("a message stored once more under another id is refused", () => {
  const again = { eventId: "$other", marker: "a1" };
  assert.deepEqual(kinds(checkHistory([first], [...first, again])), ["1 never acknowledged", "1 stored under two ids"]);
});

test("messages of one connection in another order than they were acknowledged are refused", () => {
  assert.deepEqual(kinds(checkHistory(acknowledged, ["a2", "a1", "a3", "b1", "b2"].map(sent))), ["1 out of order"]);
});

test("a message with other content than was sent is refused", () => {
  assert.deepEqual(kinds(checkHistory([first], [sent("a1"), { eventId: "$a2", marker: "x" }, sent("a3")])), ["1 altered"]);
});

test("one event id given to two sends is refused", () => {
  const twice = [sent("a1"), { eventId: "$a1", marker: "a2" }];
  assert.deepEqual(kinds(checkHistory([twice], [sent("a1")])), ["1 altered"]);
});

test("a message that nobody was told of is refused", () => {
  assert.deepEqual(kinds(checkHistory([first], [...first, sent("ghost")])), ["1 never acknowledged"]);
});

const order = ["$1", "$2", "$3"];

test("deliveries to each syncer once and in the room's order pass", () => {
  assert.deepEqual(checkDeliveries(order, [order, order]), []);
});

test("a message that one of the syncers did not get is refused", () => {
  assert.deepEqual(checkDeliveries(order, [order, ["$1", "$3"]]), [{ kind: "not delivered", count: 1, example: "$2" }]);
});

test("a message delivered twice to one syncer is refused, right behind or later", () => {
  assert.deepEqual(kinds(checkDeliveries(order, [["$1", "$1", "$2", "$3"], order])), ["1 delivered twice"]);
  assert.deepEqual(kinds(checkDeliveries(order, [["$1", "$2", "$3", "$1"], order])), ["1 delivered twice"]);
});

test("messages delivered in another order than the room's are refused", () => {
  assert.deepEqual(kinds(checkDeliveries(order, [["$2", "$1", "$3"]])), ["1 delivered out of order"]);
});

test("a delivered message that is not in the room is refused", () => {
  assert.deepEqual(kinds(checkDeliveries(order, [[...order, "$ghost"]])), ["1 delivered but not in the room"]);
});
