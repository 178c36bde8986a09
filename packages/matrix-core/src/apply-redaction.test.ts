import assert from "node:assert/strict";
import { test } from "node:test";
import { finishEvent, redactionApplies, roomIdOfCreate, roomVersions } from "./index.ts";
import type { Pdu, RoomVersion } from "./index.ts";
import { alice, bob, carol, dave, makeRoomWithPowers } from "./room.test-support.ts";
import type { TestRoom } from "./room.test-support.ts";

const applies = (room: TestRoom, by: string, of: string, version: RoomVersion): boolean =>
  redactionApplies(
    room.event({ type: "m.room.redaction", sender: by }),
    room.event({ type: "m.room.message", sender: of }),
    room.state,
    version,
  );

for (const version of roomVersions) {
  test(`version ${version.id}: one's own events, and with the redact level those of all, are redacted`, () => {
    const room = makeRoomWithPowers(version);
    assert.equal(applies(room, bob, bob, version), true);
    assert.equal(applies(room, carol, bob, version), true);
    assert.equal(applies(room, carol, alice, version), true);
    const strict = makeRoomWithPowers(version, { redact: 51 });
    assert.equal(applies(strict, carol, bob, version), false);
    assert.equal(applies(strict, carol, carol, version), true);
  });

  test(`version ${version.id}: being of the same server gives no right over another's events`, () => {
    const room = makeRoomWithPowers(version);
    assert.equal(applies(room, bob, dave, version), false);
    assert.equal(applies(room, bob, alice, version), false);
  });

  test(`version ${version.id}: a redaction reaches no event of another room`, () => {
    const room = makeRoomWithPowers(version);
    const redaction = room.event({ type: "m.room.redaction", sender: alice });
    const elsewhere: Pdu = room.event({ type: "m.room.message", sender: alice, room_id: "!other:example.org" });
    assert.equal(redactionApplies(redaction, elsewhere, room.state, version), false);
    const { room_id: _, ...homeless } = elsewhere;
    assert.equal(redactionApplies(redaction, homeless, room.state, version), false);
    const { room_id: __, ...homelessRedaction } = redaction;
    assert.equal(redactionApplies(homelessRedaction, homeless, room.state, version), false);
  });

  test(`version ${version.id}: only a redaction redacts`, () => {
    const room = makeRoomWithPowers(version);
    const pdu = room.event({ type: "m.room.message", sender: alice });
    assert.equal(redactionApplies(pdu, pdu, room.state, version), false);
  });
}

test("version 12: the create event, which names no room, is known by its hash", () => {
  const version = roomVersions.find(({ roomIdIsCreateHash }) => roomIdIsCreateHash);
  if (version === undefined) throw new TypeError("version 12 is missing");
  const room = makeRoomWithPowers(version);
  const { room_id: _, ...fields } = room.event({ type: "m.room.create", sender: alice, state_key: "" });
  const { pdu, eventId } = finishEvent(fields, version);
  const redaction = room.event({ type: "m.room.redaction", sender: alice });
  assert.equal(redactionApplies({ ...redaction, room_id: roomIdOfCreate(eventId) }, pdu, room.state, version), true);
  assert.equal(redactionApplies(redaction, pdu, room.state, version), false);
});
