// One request for every endpoint that a person with a room may make: the guard test holds it against the declarations.
import { ok, route, type Session, textAt } from "@wardroom/testkit";
import type { Example, Examples, Scene } from "./examples/scene.test-support.ts";
import { keysExamples } from "./examples/keys.test-support.ts";
import { toDeviceExamples } from "./examples/to-device.test-support.ts";
import { keyBackupExamples } from "./examples/key-backup.test-support.ts";
import { devicesExamples } from "./examples/devices.test-support.ts";
import { mediaExamples } from "./examples/media.test-support.ts";
import { pushRulesExamples } from "./examples/push-rules.test-support.ts";
import { pushersExamples } from "./examples/pushers.test-support.ts";
import { relationsExamples } from "./examples/relations.test-support.ts";
import { aliasesExamples } from "./examples/aliases.test-support.ts";
import { roomDirectoryExamples } from "./examples/room-directory.test-support.ts";
import { userDirectoryExamples } from "./examples/user-directory.test-support.ts";
import { knockExamples } from "./examples/knock.test-support.ts";
import { upgradeRoomExamples } from "./examples/upgrade-room.test-support.ts";
import { integrationsExamples } from "./examples/integrations.test-support.ts";
import { reportsExamples } from "./examples/reports.test-support.ts";
import { tagsExamples } from "./examples/tags.test-support.ts";
import { searchExamples } from "./examples/search.test-support.ts";
import { keyChangesExamples } from "./examples/key-changes.test-support.ts";
import { auditExamples } from "./examples/audit.test-support.ts";
import { makeRoom, say, trySend } from "./room-steps.test-support.ts";

const signIn = (ask: Scene["ask"], who: Session) =>
  ask("POST", "/login", { type: "m.login.password", identifier: { type: "m.id.user", user: who.name }, password: who.password });

const myData = ({ me }: Scene, rest: string) => route`/user/${me.userId}/` + rest;
const member =
  (act: string, who: (scene: Scene) => Session): Example =>
  (scene) =>
    scene.me.post(route`/rooms/${scene.room}/${act}`, { user_id: who(scene).userId });

export const examples: Examples = {
  getVersions: ({ ask }) => ask("GET", "/_matrix/client/versions"),
  getWellknown: ({ ask }) => ask("GET", "/.well-known/matrix/client"),
  getWellknownSupport: ({ ask }) => ask("GET", "/.well-known/matrix/support"),
  getLoginFlows: ({ ask }) => ask("GET", "/login"),
  login: ({ ask, me }) => signIn(ask, me),
  checkUsernameAvailability: ({ ask }) => ask("GET", "/register/available?username=nobody-yet"),
  async register({ ask }) {
    const body = { username: "example", password: "a pass phrase of the example" };
    const first = await ask("POST", "/register", body);
    return ask("POST", "/register", { ...body, auth: { type: "m.login.dummy", session: textAt(first.json, "session") } });
  },
  getCapabilities: ({ me }) => me.get("/capabilities"),
  whoami: ({ me }) => me.get("/account/whoami"),
  async logout({ me, ask }) {
    return me.request("POST", "/logout", { token: textAt(ok(await signIn(ask, me)), "access_token") });
  },
  logoutAll: ({ banned }) => banned.request("POST", "/logout/all"),
  async changePassword({ me }) {
    const body = { new_password: me.password, logout_devices: false };
    const first = await me.post("/account/password", body);
    const identifier = { type: "m.id.user", user: me.name };
    const auth = { type: "m.login.password", identifier, password: me.password, session: textAt(first.json, "session") };
    return me.post("/account/password", { ...body, auth });
  },
  defineFilter: (scene) => scene.me.post(myData(scene, "filter"), { room: { timeline: { limit: 3 } } }),
  async getFilter(scene) {
    const id = textAt(ok(await scene.me.post(myData(scene, "filter"), {})), "filter_id");
    return scene.me.get(myData(scene, "filter/") + encodeURIComponent(id));
  },
  sync: ({ me }) => me.get("/sync", { timeout: "0" }),
  createRoom: ({ me }) => me.post("/createRoom", {}),
  joinRoom: ({ me, open }) => me.post(route`/join/${open}`),
  joinRoomById: ({ me, open }) => me.post(route`/rooms/${open}/join`),
  getJoinedRooms: ({ me }) => me.get("/joined_rooms"),
  getRoomIdByAlias: ({ me, alias }) => me.get(route`/directory/room/${alias}`),
  inviteUser: member("invite", ({ banned }) => banned),
  kick: member("kick", ({ banned }) => banned),
  ban: member("ban", ({ banned }) => banned),
  unban: member("unban", ({ banned }) => banned),
  leaveRoom: ({ me, open }) => me.post(route`/rooms/${open}/leave`),
  async forgetRoom({ me }) {
    const room = await makeRoom(me);
    ok(await me.post(route`/rooms/${room}/leave`));
    return me.post(route`/rooms/${room}/forget`);
  },
  sendMessage: ({ me, room }) => trySend(me, room, "m.room.message", { msgtype: "m.text", body: "example" }),
  setRoomState: ({ me, room }) => me.put(route`/rooms/${room}/state/m.room.topic/`, { topic: "example" }),
  redactEvent: async ({ me, room }) => me.put(route`/rooms/${room}/redact/${await say(me, room, "gone")}/${"example-redaction"}`, {}),
  getOneRoomEvent: ({ me, room, event }) => me.get(route`/rooms/${room}/event/${event}`),
  getRoomEvents: ({ me, room }) => me.get(route`/rooms/${room}/messages`, { dir: "b" }),
  getRoomState: ({ me, room }) => me.get(route`/rooms/${room}/state`),
  getRoomStateWithKey: ({ me, room }) => me.get(route`/rooms/${room}/state/m.room.create/`),
  getMembersByRoom: ({ me, room }) => me.get(route`/rooms/${room}/members`),
  getJoinedMembersByRoom: ({ me, room }) => me.get(route`/rooms/${room}/joined_members`),
  postReceipt: ({ me, room, event }) => me.post(route`/rooms/${room}/receipt/m.read/${event}`),
  setReadMarker: ({ me, room, event }) => me.post(route`/rooms/${room}/read_markers`, { "m.fully_read": event }),
  setTyping: ({ me, room }) => me.put(route`/rooms/${room}/typing/${me.userId}`, { typing: false }),
  setProfileField: ({ me }) => me.put(route`/profile/${me.userId}/displayname`, { displayname: "Example" }),
  getProfileField: ({ me }) => me.get(route`/profile/${me.userId}/displayname`),
  getUserProfile: ({ me, guest }) => me.get(route`/profile/${guest.userId}`),
  deleteProfileField: ({ me }) => me.request("DELETE", route`/profile/${me.userId}/displayname`),
  setPresence: ({ me }) => me.put(route`/presence/${me.userId}/status`, { presence: "online" }),
  getPresence: ({ me }) => me.get(route`/presence/${me.userId}/status`),
  setAccountData: (scene) => scene.me.put(myData(scene, "account_data/org.example"), { a: 1 }),
  getAccountData: (scene) => scene.me.get(myData(scene, "account_data/org.example")),
  setAccountDataPerRoom: (scene) => scene.me.put(myData(scene, route`rooms/${scene.room}/account_data/org.example`), { a: 1 }),
  getAccountDataPerRoom: (scene) => scene.me.get(myData(scene, route`rooms/${scene.room}/account_data/org.example`)),
  getPushRules: ({ me }) => me.get("/pushrules/"),
  getPushRulesGlobal: ({ me }) => me.get("/pushrules/global/"),
  ...keysExamples,
  ...toDeviceExamples,
  ...keyBackupExamples,
  ...devicesExamples,
  ...mediaExamples,
  ...pushRulesExamples,
  ...pushersExamples,
  ...relationsExamples,
  ...aliasesExamples,
  ...roomDirectoryExamples,
  ...userDirectoryExamples,
  ...knockExamples,
  ...upgradeRoomExamples,
  ...integrationsExamples,
  ...reportsExamples,
  ...tagsExamples,
  ...searchExamples,
  ...keyChangesExamples,
  ...auditExamples,
};
