import { type Answer, ok, route, type Session, textAt } from "@wardroom/testkit";
import type { Example, Examples } from "./scene.test-support.ts";

const algorithm = "m.megolm_backup.v1.curve25519-aes-sha2";
const backup = { algorithm, auth_data: { public_key: "example" } };
const key = { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data: { ciphertext: "example" } };

const makeBackup = async (me: Session) => textAt(ok(await me.post("/room_keys/version", backup)), "version");

/** With a backup made for it and deleted after it: a person keeps few. */
const inBackup =
  (ask: (me: Session, version: string, room: string) => Promise<Answer>): Example =>
  async ({ me, room }) => {
    const version = await makeBackup(me);
    ok(await put(me, version, `/${encodeURIComponent(room)}/session`, key));
    const answer = await ask(me, version, room);
    ok(await me.request("DELETE", route`/room_keys/version/${version}`));
    return answer;
  };

const at = (version: string) => ({ query: { version } });
const put = (me: Session, version: string, scope: string, body: object) =>
  me.request("PUT", `/room_keys/keys${scope}`, { ...at(version), rawBody: JSON.stringify(body) });
const get = (me: Session, version: string, scope: string) => me.request("GET", `/room_keys/keys${scope}`, at(version));
const remove = (me: Session, version: string, scope: string) => me.request("DELETE", `/room_keys/keys${scope}`, at(version));

export const keyBackupExamples: Examples = {
  postRoomKeysVersion: ({ me }) => me.post("/room_keys/version", backup),
  getRoomKeysVersionCurrent: inBackup((me) => me.get("/room_keys/version")),
  getRoomKeysVersion: inBackup((me, version) => me.get(route`/room_keys/version/${version}`)),
  putRoomKeysVersion: inBackup((me, version) => me.put(route`/room_keys/version/${version}`, { ...backup, version })),
  async deleteRoomKeysVersion({ me }) {
    return me.request("DELETE", route`/room_keys/version/${await makeBackup(me)}`);
  },
  putRoomKeys: inBackup((me, version, room) => put(me, version, "", { rooms: { [room]: { sessions: { other: key } } } })),
  putRoomKeysByRoomId: inBackup((me, version, room) => put(me, version, route`/${room}`, { sessions: { other: key } })),
  putRoomKeyBySessionId: inBackup((me, version, room) => put(me, version, route`/${room}/${"other"}`, key)),
  getRoomKeys: inBackup((me, version) => get(me, version, "")),
  getRoomKeysByRoomId: inBackup((me, version, room) => get(me, version, route`/${room}`)),
  getRoomKeyBySessionId: inBackup((me, version, room) => get(me, version, route`/${room}/${"session"}`)),
  deleteRoomKeys: inBackup((me, version) => remove(me, version, "")),
  deleteRoomKeysByRoomId: inBackup((me, version, room) => remove(me, version, route`/${room}`)),
  deleteRoomKeyBySessionId: inBackup((me, version, room) => remove(me, version, route`/${room}/${"session"}`)),
};
