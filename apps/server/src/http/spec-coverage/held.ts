/** A statement, and the title of the test in `apps/server/test` that holds it. */
export interface Held {
  readonly says: string;
  readonly test: string;
}

const withToken: Held = {
  says: "only with a token: who works in the house is nobody else's business",
  test: "no endpoint that wants a token answers without one, with a wrong one or with one whose time is over",
};
const empty: Held = {
  says: "always empty",
  test: "without a relay, third-party networks and addresses the answers are empty, as clients expect",
};
const presence: Held = {
  says: "off unless the configuration turns it on; then everybody is offline",
  test: "where presence is off, what is set is taken and forgotten, everybody is offline, and nobody is told",
};
const otherServers: Held = {
  says: "this server's rooms only",
  test: "other servers are not asked, and no room is of a bridged network",
};

/** What operations that are there leave out of what the specification describes. */
export const partlyThere: Readonly<Record<string, Held>> = {
  "GET /_matrix/client/v3/login": {
    says: "offers `m.login.password` alone",
    test: "v1.1: no sign-in by another site is offered, so there is none to be sent to; nor are the stages that were taken out",
  },
  "POST /_matrix/client/v3/login": {
    says: "no refresh tokens, asked for or not",
    test: "v1.3: tokens live as long as their session, so nobody gets one to refresh them, asked for or not",
  },
  "POST /_matrix/client/v3/register": {
    says: "closed unless the server runs in the conformance profile",
    test: "registration closed answers 403 M_FORBIDDEN, which clients take for: no registration here",
  },
  "POST /_matrix/client/v3/account/password": {
    says: "only with a token",
    test: "without a token no password is changed",
  },
  "POST /_matrix/client/v3/account/deactivate": {
    says: "only with a token",
    test: "without the right password, with another's, or without a token nothing happens",
  },
  "GET /_matrix/client/v3/account/3pid": empty,
  "GET /_matrix/client/v3/thirdparty/protocols": empty,
  "GET /_matrix/client/v3/voip/turnServer": { says: "empty without a configured relay", test: empty.test },
  "POST /_matrix/client/v3/createRoom": {
    says: "invites people by user id only",
    test: "an invitation of an address through the server is refused: it trusts no identity server",
  },
  "POST /_matrix/client/v3/rooms/{roomId}/invite": {
    says: "no addresses of e-mail or telephone through the server",
    test: "an invitation of an address through the server is refused: it trusts no identity server",
  },
  "GET /_matrix/client/v3/profile/{userId}": withToken,
  "GET /_matrix/client/v3/profile/{userId}/{keyName}": withToken,
  "GET /_matrix/client/v3/directory/room/{roomAlias}": withToken,
  "GET /_matrix/client/v3/directory/list/room/{roomId}": withToken,
  "GET /_matrix/client/v1/room_summary/{roomIdOrAlias}": withToken,
  "GET /_matrix/client/v3/publicRooms": otherServers,
  "POST /_matrix/client/v3/publicRooms": otherServers,
  "POST /_matrix/client/v3/user_directory/search": {
    says: "people with whom one is in a room, unless the configuration says everybody; not whoever is in any public room",
    test: "who shares no room is not found: not by name, not by the exact id, not by being in an open room; nor is oneself",
  },
  "POST /_matrix/client/v3/search": {
    says: "rooms without encryption",
    test: "encrypted rooms are left out whole",
  },
  "GET /_matrix/client/v3/presence/{userId}/status": presence,
  "PUT /_matrix/client/v3/presence/{userId}/status": presence,
};

/** What clients rely on beyond single operations. */
export const behaviours: Readonly<Record<string, Held>> = {
  "Names of endpoints": { says: "`/r0/` is `/v3/`", test: "v1.1: the endpoints are named v3, and r0 is the same" },
  "Unknown endpoints": {
    says: "404 and 405 with M_UNRECOGNIZED, by which clients see that something is not offered",
    test: "v1.6: an unknown endpoint is 404 and an unknown method of a known one 405, both M_UNRECOGNIZED",
  },
  "Pages of other origins": {
    says: "CORS headers on every answer, refusals included",
    test: "every answer, refusals included, has CORS headers and is JSON that nobody may cache or sniff",
  },
  "Rate limits": { says: "`Retry-After`", test: "v1.10: who asks too often is told in a header when to come again" },
  "User-interactive authentication": {
    says: "a proof is good once, for one act of one device",
    test: "a confirmation is good for one device, one endpoint, one body, one asking device and one use",
  },
  "Soft logout": {
    says: "never asked for: a token that was signed out is told without the flag",
    test: "no endpoint that wants a token answers without one, with a wrong one or with one whose time is over",
  },
  "Transaction ids": {
    says: "of one device, also after it signed in anew",
    test: "v1.7: a transaction id belongs to its device: after a new sign-in it still names the same event",
  },
  "Room versions": {
    says: "10, 11 and 12; 12 is the default",
    test: "the capabilities say that version 12 is the default and that 10, 11 and 12 are stable",
  },
  "History visibility": {
    says: "of every event, on every way to read it",
    test: "somebody who joined, left and joined again does not see what was said in between with joined or invited history",
  },
  "Sync: state after the timeline": {
    says: "by its stable name, and by the one that the SDKs use",
    test: "beyond v1.12: state after the timeline comes under the name by which it was asked for",
  },
  "Sync: filters": {
    says: "rooms, types, senders, limits, sections",
    test: "filters choose rooms, types and senders, and switch off what is not wanted",
  },
  "Sync: lazy loading": {
    says: "also with redundant members",
    test: "lazy loading repeats members where the client asks for redundant ones",
  },
  Aggregations: {
    says: "edits, references and threads come with their event; what the reader may not see does not count",
    test: "nobody is shown in an aggregation what they may not see: those who left, and who was away",
  },
  Threads: {
    says: "list, unread counts and receipts of each",
    test: "v1.4: who asks for it is told the unread of each thread apart, and reads each with receipts of its own",
  },
  Relations: { says: "three levels deep", test: "v1.10: children of children are listed on request, and it says how deep" },
  Mentions: {
    says: "`m.mentions`",
    test: "v1.7: a mention highlights for those whom it names, and for all only from those who may",
  },
  "Ignored people": {
    says: "their words and invitations come to none of one's devices",
    test: "who is ignored is heard no more by anybody's devices but their own",
  },
  "End-to-end encryption": {
    says: "keys, cross-signing, backup, messages to devices, changed devices",
    test: "two people with two devices each chat encrypted, recover their history, part and are thrown out",
  },
  "Restricted joins and knocking": {
    says: "`restricted`, `knock`, `knock_restricted`",
    test: "v1.3: a room of rule knock_restricted is joined through a room that it names, or asked to let one in",
  },
  Files: {
    says: "for those who may see an event that names them, which is more than the specification asks",
    test: "who may see an event that names a file may have it; others, and the same person before, get the answer for nothing",
  },
  Erasure: { says: "on deactivation, when asked for", test: "with erasure the person's words are gone from the rooms, which live on" },
  Push: {
    says: "gateways learn ids, not words",
    test: "a message wakes the phone of whom it is for, by its id and without its words",
  },
};
