// For every endpoint: what its requests name, and where its answer may tell whether that exists, with the reason.
import type { EndpointName } from "@wardroom/spec";
import type { Json } from "@wardroom/testkit";
import { nextTransaction } from "../room-steps.test-support.ts";
import { absent, type Names, type PairName } from "./names.test-support.ts";

/** What a request has beside the path as declared, filled with the names. */
export interface Details {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly bytes?: string;
}
export type Ask = (names: Names) => Details;

/** Told to those in one standing only. */
export interface Told {
  readonly reason: string;
  readonly to: "stranger" | "neighbour";
}

export interface Plan {
  readonly asks: readonly Ask[];
  /** The pairs whose two answers differ on purpose, and why. */
  readonly tells: Partial<Readonly<Record<PairName, string | Told>>>;
  /** Why no request of this endpoint can name what is another's. */
  readonly none?: string;
}

const asks = (...list: readonly Ask[]): Plan => ({ asks: list, tells: {} });
const none = (reason: string): Plan => ({ asks: [], tells: {}, none: reason });
const tells = (reasons: Plan["tells"], plan: Plan): Plan => ({ ...plan, tells: reasons });
/** Only what the path says. */
const asDeclared = asks(() => ({}));

const person = "who has an account may know who else has one: profiles are public within the server";
const ofPerson = { user: person, "member of their room": person };
const forCipher = "keys are told to who has an account: without them nobody could write to a new member in cipher";
const keysOfPerson = { "device of theirs": forCipher };
const awaited = {
  "file that is awaited": {
    reason: "a file that nobody named yet may belong to an encrypted message: it is for those in a room with its owner",
    to: "neighbour",
  },
} as const;
const alias = "an alias is a public name, made to be resolved and to be taken once";
const roomOrAlias = asks(
  () => ({}),
  (names) => ({ params: { roomIdOrAlias: names.alias } }),
);
const target = asks((names) => ({ body: { user_id: names.user } }));
const inBackup = asks((names) => ({ query: { version: names.version } }));
const tooLarge = "x".repeat(70_000);
const key = { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data: { ciphertext: "mine" } };
const related = (names: Names, type: string): Json => ({
  msgtype: "m.text",
  body: "mine",
  "m.relates_to": { rel_type: type, event_id: names.event, key: "x", "m.in_reply_to": { event_id: names.event } },
});
const filterOf = (names: Names): string =>
  JSON.stringify({ room: { rooms: [names.room], include_leave: true, timeline: { rooms: [names.room], senders: [names.user] } } });

export const plans: Readonly<Record<EndpointName, Plan>> = {
  searchAudit: asks(
    (names) => ({ query: { actor: names.user } }),
    (names) => ({ query: { target: names.user } }),
    (names) => ({ query: { room: names.room } }),
  ),
  getAuditEntry: none("for administrators; who is none is refused before anything is read"),
  proveAuditEntry: none("for administrators; who is none is refused before anything is read"),
  verifyAudit: none("for administrators; who is none is refused before anything is read"),
  getAuditState: none("for administrators; who is none is refused before anything is read"),
  getAuditCheckpoint: none("for administrators; who is none is refused before anything is read"),
  getAuditTile: none("for administrators; who is none is refused before anything is read"),
  getCapabilities: none("the same for everybody"),
  getVersions: none("the same for everybody"),
  getWellknown: none("the same for everybody"),
  getWellknownSupport: none("the same for everybody"),
  getLoginFlows: none("the same for everybody"),
  login: asks((names) => ({
    body: { type: "m.login.password", identifier: { type: "m.id.user", user: names.user }, password: "not the pass phrase" },
  })),
  logout: none("ends the session of the token"),
  logoutAll: none("ends the sessions of the token's person"),
  whoami: none("the token's person"),
  changePassword: none("the password of the token's person"),
  deactivateAccount: none("the account of the token's person"),
  checkUsernameAvailability: tells(
    { user: "a name can be taken once" },
    asks((names) => ({ query: { username: names.user.slice(1, names.user.indexOf(":")) } })),
  ),
  register: tells(
    { user: "a name can be taken once" },
    asks((names) => ({ body: { username: names.user.slice(1, names.user.indexOf(":")), password: "a pass phrase of nobody" } })),
  ),
  defineFilter: asks((names) => ({ body: { room: { rooms: [names.room] } } })),
  getFilter: asDeclared,
  sync: asks((names) => ({ query: { timeout: "0", filter: filterOf(names) } })),
  createRoom: tells(
    { user: person, alias },
    asks(
      (names) => ({ body: { invite: [names.user] } }),
      (names) => ({ body: { room_alias_name: names.alias.slice(1, names.alias.indexOf(":")) } }),
      (names) => ({ body: { creation_content: { predecessor: { room_id: names.room, event_id: names.event } } } }),
      (names) => ({ body: { initial_state: [{ type: "m.space.child", state_key: names.room, content: { via: ["localhost"] } }] } }),
      (names) => ({ body: { power_level_content_override: { users: { [names.user]: 50 } } } }),
    ),
  ),
  ban: target,
  forgetRoom: asks(() => ({ body: {} })),
  getJoinedRooms: none("lists one's own"),
  inviteUser: tells({ user: person }, target),
  joinRoom: tells({ alias }, roomOrAlias),
  joinRoomById: asks(
    () => ({}),
    () => ({ body: { reason: "x".repeat(4000), third_party_signed: { sender: "@a:b", mxid: 7, token: "x", signatures: {} } } }),
  ),
  kick: target,
  leaveRoom: asDeclared,
  unban: target,
  redactEvent: asks(() => ({ body: {} })),
  sendMessage: asks(
    (names) => ({ body: related(names, "m.thread") }),
    (names) => ({ body: related(names, "m.replace") }),
    (names) => ({ body: related(names, "m.annotation"), params: { eventType: "m.reaction" } }),
    (names) => ({ body: related(names, "m.reference") }),
    (names) => ({ body: { redacts: names.event }, params: { eventType: "m.room.redaction" } }),
    () => ({ body: { body: tooLarge } }),
    () => ({ body: { membership: "join" }, params: { eventType: "m.room.member" } }),
    () => ({ body: { room_version: "12" }, params: { eventType: "m.room.create" } }),
  ),
  setRoomState: tells(
    ofPerson,
    asks(
      () => ({ body: { topic: "mine" }, params: { eventType: "m.room.topic" } }),
      (names) => ({ body: { alias: names.alias }, params: { eventType: "m.room.canonical_alias" } }),
      (names) => ({ body: { via: ["localhost"] }, params: { eventType: "m.space.child", stateKey: names.room } }),
      (names) => ({ body: { pinned: [names.event] }, params: { eventType: "m.room.pinned_events" } }),
      (names) => ({ body: { membership: "invite" }, params: { eventType: "m.room.member", stateKey: names.user } }),
      (names) => ({ body: { membership: "join" }, params: { eventType: "m.room.member", stateKey: names.user } }),
      (names) => ({ body: { membership: "knock" }, params: { eventType: "m.room.member", stateKey: names.user } }),
      // What is wrong with the event must not be said before it is settled that the sender may know of the room.
      () => ({ body: { topic: tooLarge }, params: { eventType: "m.room.topic" } }),
      (names) => ({ body: { membership: "knock", reason: tooLarge }, params: { eventType: "m.room.member", stateKey: names.user } }),
      (names) => ({ body: { membership: 7 }, params: { eventType: "m.room.member", stateKey: names.user } }),
      () => ({ body: { users: 7 }, params: { eventType: "m.room.power_levels" } }),
      () => ({ body: { room_version: "12" }, params: { eventType: "m.room.create" } }),
      () => ({ body: { membership: "invite" }, params: { eventType: "m.room.member", stateKey: absent.user } }),
      (names) => ({
        body: { join_rule: "restricted", allow: [{ type: "m.room_membership", room_id: names.room }] },
        params: { eventType: "m.room.join_rules" },
      }),
    ),
  ),
  getJoinedMembersByRoom: asDeclared,
  getMembersByRoom: asDeclared,
  getOneRoomEvent: asDeclared,
  getRoomEvents: asks((names) => ({ query: { dir: "b", filter: JSON.stringify({ rooms: [names.room], senders: [names.user] }) } })),
  getRoomState: asDeclared,
  getRoomStateWithKey: asks(
    () => ({ params: { eventType: "m.room.name", stateKey: "" } }),
    (names) => ({ params: { eventType: "m.room.member", stateKey: names.user } }),
  ),
  postReceipt: asks(
    () => ({ body: {} }),
    (names) => ({ body: { thread_id: names.event } }),
  ),
  setReadMarker: asks(
    (names) => ({ body: { "m.fully_read": names.event } }),
    (names) => ({ body: { "m.read": names.event, "m.read.private": names.event } }),
  ),
  setTyping: asks(() => ({ body: { typing: true, timeout: 1000 } })),
  deleteProfileField: asDeclared,
  getProfileField: tells({ user: person }, asDeclared),
  getRoomIdByAlias: tells({ alias }, asDeclared),
  getUserProfile: tells({ user: person }, asDeclared),
  setProfileField: asks(() => ({ body: { displayname: "Mine" } })),
  getPresence: asDeclared,
  setPresence: asks(() => ({ body: { presence: "online" } })),
  getAccountData: asDeclared,
  getAccountDataPerRoom: asDeclared,
  getPushRules: none("lists one's own"),
  getPushRulesGlobal: none("lists one's own"),
  setAccountData: asks((names) => ({ body: { of: names.user } })),
  setAccountDataPerRoom: asks(() => ({ body: { a: 1 } })),
  claimKeys: tells(
    keysOfPerson,
    asks((names) => ({ body: { one_time_keys: { [names.user]: { [names.device]: "signed_curve25519" } } } })),
  ),
  queryKeys: tells(
    { user: forCipher, ...keysOfPerson },
    asks(
      (names) => ({ body: { device_keys: { [names.user]: [] } } }),
      (names) => ({ body: { device_keys: { [names.user]: [names.device] } } }),
    ),
  ),
  uploadCrossSigningKeys: none("the keys of the token's person"),
  uploadCrossSigningSignatures: asks((names) => ({ body: { [names.user]: { [names.device]: {} } } })),
  uploadKeys: none("the keys of the token's device"),
  sendToDevice: asks((names) => ({ body: { messages: { [names.user]: { [names.device]: { a: 1 }, "*": { a: 1 } } } } })),
  deleteRoomKeyBySessionId: inBackup,
  deleteRoomKeys: inBackup,
  deleteRoomKeysByRoomId: inBackup,
  deleteRoomKeysVersion: asDeclared,
  getRoomKeyBySessionId: inBackup,
  getRoomKeys: inBackup,
  getRoomKeysByRoomId: inBackup,
  getRoomKeysVersion: asDeclared,
  getRoomKeysVersionCurrent: none("one's own"),
  postRoomKeysVersion: none("one's own"),
  putRoomKeyBySessionId: asks((names) => ({ query: { version: names.version }, body: key })),
  putRoomKeys: asks((names) => ({
    query: { version: names.version },
    body: { rooms: { [names.room]: { sessions: { [names.session]: key } } } },
  })),
  putRoomKeysByRoomId: asks((names) => ({ query: { version: names.version }, body: { sessions: { [names.session]: key } } })),
  putRoomKeysVersion: asks(() => ({
    body: { algorithm: "m.megolm_backup.v1.curve25519-aes-sha2", auth_data: { public_key: "mine" } },
  })),
  deleteDevice: asks(() => ({ body: {} })),
  deleteDevices: asks((names) => ({ body: { devices: [names.device] } })),
  getDevice: asDeclared,
  getDevices: none("lists one's own"),
  updateDevice: asks(() => ({ body: { display_name: "mine" } })),
  createContent: none("an empty place of one's own"),
  getConfigAuthed: none("the same for everybody"),
  getContentAuthed: tells(
    awaited,
    asks(() => ({ query: { timeout_ms: "0" } })),
  ),
  getContentOverrideNameAuthed: tells(
    awaited,
    asks(() => ({ query: { timeout_ms: "0" } })),
  ),
  getContentThumbnailAuthed: tells(
    awaited,
    asks(() => ({ query: { timeout_ms: "0", width: "32", height: "32" } })),
  ),
  uploadContent: none("a file of one's own"),
  uploadContentToMXC: asks(() => ({ bytes: "mine" })),
  deletePushRule: none("one's own rules"),
  getPushRule: none("one's own rules"),
  getPushRuleActions: none("one's own rules"),
  isPushRuleEnabled: none("one's own rules"),
  setPushRule: asks((names) => ({ params: { kind: "room", ruleId: names.room }, body: { actions: [] } })),
  setPushRuleActions: none("one's own rules"),
  setPushRuleEnabled: none("one's own rules"),
  getNotifications: none("lists one's own"),
  getPushers: none("lists one's own"),
  postPusher: none("one's own pushers; the key of another's is proved in pushers.test.ts"),
  getEventByTimestamp: asks(() => ({ query: { dir: "f", ts: "0" } })),
  getEventContext: asks(() => ({ query: { limit: "10" } })),
  getRelatingEvents: asks(() => ({ query: { recurse: "true" } })),
  getRelatingEventsWithRelType: asDeclared,
  getRelatingEventsWithRelTypeAndEventType: asDeclared,
  getThreadRoots: asDeclared,
  deleteRoomAlias: tells({ alias }, asDeclared),
  getLocalAliases: asDeclared,
  setRoomAlias: tells(
    { alias },
    asks(
      (names) => ({ body: { room_id: names.room } }),
      (names) => ({ body: { room_id: names.room }, params: { roomAlias: `#${nextTransaction()}:localhost` } }),
    ),
  ),
  getPublicRooms: none("the directory is the same for everybody"),
  getRoomSummary: roomOrAlias,
  getRoomVisibilityOnDirectory: asDeclared,
  getSpaceHierarchy: asDeclared,
  queryPublicRooms: asks((names) => ({ body: { filter: { generic_search_term: names.room.slice(0, 40) } } })),
  setRoomVisibilityOnDirectory: asks(() => ({ body: { visibility: "public" } })),
  getMutualRooms: asks((names) => ({ query: { user_id: names.user } })),
  searchUserDirectory: asks((names) => ({ body: { search_term: names.user } })),
  knockRoom: tells({ alias }, roomOrAlias),
  upgradeRoom: tells(
    { user: person },
    asks((names) => ({ body: { new_version: "12", additional_creators: [names.user] } })),
  ),
  getAccount3PIDs: none("lists one's own"),
  getProtocols: none("the same for everybody"),
  getTurnServer: none("credentials of one's own"),
  getWhoIs: asDeclared,
  reportEvent: asks(() => ({ body: { reason: "mine" } })),
  reportRoom: asks(() => ({ body: { reason: "mine" } })),
  reportUser: tells(
    { user: person },
    asks(() => ({ body: { reason: "mine" } })),
  ),
  deleteRoomTag: asDeclared,
  getRoomTags: asDeclared,
  setRoomTag: asks(() => ({ body: { order: 0.5 } })),
  search: asks((names) => ({
    body: { search_categories: { room_events: { search_term: "example", filter: { rooms: [names.room], senders: [names.user] } } } },
  })),
  getKeysChanges: none("names people with whom one shares rooms; searched for what it must not tell in isolation-content.test.ts"),
};
