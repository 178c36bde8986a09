import assert from "node:assert/strict";
import type { Session } from "@wardroom/testkit";
import { act, makeRoom, makeRoomWith, say } from "../room-steps.test-support.ts";
import type { RunningServer } from "../running-server.test-support.ts";
import type { Scene } from "./scene.test-support.ts";

/** What the examples need, around this person. */
export async function buildScene(server: RunningServer, me: Session): Promise<Scene> {
  const [guest, banned] = await server.people("guest", "banned");
  assert.ok(guest && banned);
  const room = await makeRoomWith(me, [guest, banned]);
  const open = await makeRoom(guest, { preset: "public_chat", room_alias_name: "open" });
  const event = await say(me, room, "example");
  await act(me, "ban", room, banned);
  const ask: Scene["ask"] = (method, path, body) =>
    server.http().request(method, path, body === undefined ? {} : { body: JSON.parse(JSON.stringify(body)) });
  const administrator = await server.administrator();
  return { me, guest, banned, administrator, room, open, alias: "#open:localhost", event, ask };
}

/** Sees to it that the next example is possible after those before it. */
export async function beforeExample(name: string, { me, room, banned }: Scene): Promise<void> {
  if (name === "kick") await act(me, "invite", room, banned);
  if (name === "inviteUser") await act(me, "unban", room, banned);
}
