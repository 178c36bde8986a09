import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, refused, route, type Session } from "@wardroom/testkit";
import {
  act,
  forbidden,
  getState,
  join,
  leave,
  makeRoom,
  makeRoomWith,
  membershipOf,
  setPower,
  setState,
  tryJoin,
  trySetState,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const three = async (): Promise<[Session, Session, Session]> => [await server.stranger(), await server.stranger(), await server.stranger()];
const allows = (...rooms: readonly string[]): Json => rooms.map((room_id) => ({ type: "m.room_membership", room_id }));
const restrictedRoom = (owner: Session, allow: Json, more: { readonly [key: string]: Json } = {}, join_rule = "restricted") =>
  makeRoom(owner, { initial_state: [{ type: "m.room.join_rules", content: { join_rule, allow } }], ...more });
const voucherOf = async (by: Session, room: string, who: Session) =>
  at(await getState(by, room, "m.room.member", who.userId), "join_authorised_via_users_server");

for (const room_version of ["10", "11", "12"]) {
  for (const rule of ["restricted", "knock_restricted"]) {
    test(`version ${room_version}, ${rule}: a member of any allowed room comes in, vouched for by somebody who may invite`, async () => {
      const [alice, bob, carol] = await three();
      const [one, two] = [await makeRoomWith(alice, []), await makeRoomWith(alice, [bob])];
      const room = await restrictedRoom(alice, allows(one, two), { room_version }, rule);
      forbidden(await tryJoin(carol, room));
      await join(bob, room);
      assert.equal(await voucherOf(bob, room, bob), alice.userId);
    });
  }
}

test("the invited come in without a voucher, fulfilling a condition or not", async () => {
  const [alice, bob, carol] = await three();
  const space = await makeRoomWith(alice, [bob]);
  const room = await restrictedRoom(alice, allows(space));
  for (const who of [bob, carol]) {
    await act(alice, "invite", room, who);
    await join(who, room);
    assert.equal(await voucherOf(alice, room, who), undefined);
  }
});

test("the banned stay out, whatever condition they fulfil", async () => {
  const [alice, bob] = await three();
  const space = await makeRoomWith(alice, [bob]);
  const room = await restrictedRoom(alice, allows(space));
  await act(alice, "ban", room, bob);
  forbidden(await tryJoin(bob, room));
  assert.equal(await membershipOf(alice, room, bob), "ban");
});

test("only present membership counts: not an invite, a knock, a past stay, nor a ban in the allowed room", async () => {
  const [alice, bob, carol] = await three();
  const dave = await server.stranger();
  const space = await makeRoomWith(alice, [bob, carol], { preset: "public_chat" });
  const room = await restrictedRoom(alice, allows(space));
  await leave(bob, space);
  await act(alice, "ban", space, carol);
  await act(alice, "invite", space, dave);
  for (const who of [bob, carol, dave]) forbidden(await tryJoin(who, room));
  await join(bob, space);
  await join(bob, room);
});

test("who is in stays in when they leave the allowed room, but does not come back", async () => {
  const [alice, bob] = await three();
  const space = await makeRoomWith(alice, [bob]);
  const room = await restrictedRoom(alice, allows(space));
  await join(bob, room);
  await leave(bob, space);
  assert.equal(await membershipOf(alice, room, bob), "join");
  await setState(bob, room, "m.room.member", { membership: "join", displayname: "Still here" }, bob.userId);
  await act(alice, "kick", room, bob);
  forbidden(await tryJoin(bob, room));
});

test("where nobody may invite any more the server says that it cannot grant the join", async () => {
  const [alice, bob, carol] = await three();
  const space = await makeRoomWith(alice, [bob, carol]);
  const room = await restrictedRoom(alice, allows(space));
  await join(bob, room);
  await setPower(alice, room, { invite: 50 });
  await leave(alice, room);
  refused(await tryJoin(carol, room), 400, "M_UNABLE_TO_GRANT_JOIN");
});

test("a voucher written by a client is not believed, with the condition fulfilled or not", async () => {
  const [alice, bob, carol] = await three();
  const space = await makeRoomWith(alice, [bob]);
  const room = await restrictedRoom(alice, allows(space));
  const own = (who: Session) =>
    trySetState(who, room, "m.room.member", { membership: "join", join_authorised_via_users_server: alice.userId }, who.userId);
  forbidden(await own(carol));
  forbidden(await carol.post(route`/rooms/${room}/join`, { reason: "x", join_authorised_via_users_server: alice.userId }));
  assert.equal((await own(bob)).status, 200, "who may join, may through this door too");
  assert.equal(await voucherOf(alice, room, bob), alice.userId, "chosen by the server");
  await setState(bob, room, "m.room.member", { membership: "join", join_authorised_via_users_server: carol.userId }, bob.userId);
  assert.equal(await voucherOf(alice, room, bob), undefined);
});

test("a rule of restriction without conditions, or with other kinds of them, lets nobody in", async () => {
  const [alice, bob] = await three();
  const space = await makeRoomWith(alice, [bob]);
  for (const allow of [[], {}, "x", [{ type: "m.room_membership" }], [{ type: "org.example", room_id: space }], [{ room_id: space }]])
    forbidden(await tryJoin(bob, await restrictedRoom(alice, allow)));
});

test("a public rule with conditions beside it is public, an invite rule with conditions is not opened by them", async () => {
  const [alice, bob] = await three();
  const space = await makeRoomWith(alice, [bob]);
  const rule = (join_rule: string) => restrictedRoom(alice, allows(space), {}, join_rule);
  await join(bob, await rule("public"));
  forbidden(await tryJoin(bob, await rule("invite")));
  forbidden(await tryJoin(bob, await rule("knock")));
});
