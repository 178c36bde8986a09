/** A statement, and the title of the test in `apps/server/test` that holds it. */
export interface Held {
  readonly says: string;
  readonly test: string;
}

const withToken: Held = {
  says: "only with a token: who works in the house is nobody else's business",
  test: "no endpoint that wants a token answers without one, with a wrong one or with one that was signed out",
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
  says: "this server's rooms only, and only with a token",
  test: "other servers are not asked, and no room is of a bridged network",
};

/** What operations that are there leave out of what the specification describes. */
export const partlyThere: Readonly<Record<string, Held>> = {
  "GET /_matrix/client/v3/login": {
    says: "offers `m.login.password` alone",
    test: "v1.1: no sign-in by another site is offered, so there is none to be sent to; nor are the stages that were taken out",
  },
  "POST /_matrix/client/v3/login": {
    says: "by password; no refresh tokens, and no tokens of other sessions or application services to sign in with",
    test: "v1.3: tokens live as long as their session, so nobody gets one to refresh them, asked for or not",
  },
  "POST /_matrix/client/v3/register": {
    says: "open in the conformance profile only; no guests, and no stages for mail, tokens or terms",
    test: "registration closed answers 403 M_FORBIDDEN, which clients take for: no registration here",
  },
  "POST /_matrix/client/v3/account/password": {
    says: "only with a token: a forgotten password is reset by the operator",
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
    says: "people by user id; addresses by the proof of an identity server that a client brings, never through the server",
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
    says: "people with whom one is in a room, or everybody by configuration; not whoever is in any public room",
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
    says: "`m.login.password`, and `m.login.dummy` for registration; a proof is good once, for one act of one device, also after a restart",
    test: "a confirmation is good for one device, one endpoint, one body, one asking device and one use",
  },
  "Soft logout": {
    says: "no token expires; an ended session is told without the flag",
    test: "no endpoint that wants a token answers without one, with a wrong one or with one that was signed out",
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
  "Sync: state after the timeline": { says: "both spellings", test: "state-after has the leave of the person who left" },
  "Sync: filters": {
    says: "all of the specification's",
    test: "filters choose rooms, types and senders, and switch off what is not wanted",
  },
  "Sync: lazy loading": {
    says: "also with redundant members",
    test: "lazy loading repeats members where the client asks for redundant ones",
  },
  Aggregations: {
    says: "edits, references and threads come with their event; children whom the reader ignores or may not see do not count",
    test: "nobody is shown in an aggregation what they may not see: those who left, and who was away",
  },
  Threads: {
    says: "list, unread counts and receipts of each",
    test: "v1.4: who asks for it is told the unread of each thread apart, and reads each with receipts of its own",
  },
  Relations: { says: "three levels deep", test: "v1.10: children of children are listed on request, and it says how deep" },
  Mentions: {
    says: "`m.mentions`; words that happen to be a name mention nobody",
    test: "v1.7: a mention highlights for those whom it names, and for all only from those who may",
  },
  "Ignored people": {
    says: "their words, invitations, receipts and typing come to none of one's devices",
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
    says: "gateways learn ids alone unless the configuration says otherwise",
    test: "v1.6: a pusher is deleted by its name alone",
  },
};
