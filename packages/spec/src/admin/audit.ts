import * as v from "valibot";
import { endpoint, file, none } from "../endpoint.ts";
import { longText, name, noParams, noQuery, queryCount, queryInteger, roomId } from "../fields.ts";

// Beside the Client-Server API, and the server's own: for administrators' tools and for those of auditors who were given a token.
const reads = {
  method: "GET",
  module: "audit",
  query: noQuery,
  body: none("reads"),
  auth: "token",
  policy: { action: "audit.read", who: "admin", resource: "server" },
  limit: "read",
} as const;
const files = { ...reads, policy: { action: "audit.export", who: "admin", resource: "server" }, audit: "audit.exported" } as const;

/** One spelling only: what is named twice could be checked under one name and read under the other. */
const number = (least: number) =>
  v.pipe(v.string(), v.regex(/^(?:0|[1-9]\d{0,14})$/, "is not a number"), v.transform(Number), v.minValue(least, `is less than ${least}`));
const log = number(1);
const place = v.object({ log, index: number(0) });

const some = (words: typeof name) => v.optional(v.pipe(words, v.nonEmpty("is empty")));
const CODE = /^[a-z0-9]+(?:[.-][a-z0-9]+)*(?:\.\*)?$/;
const code = v.pipe(name, v.regex(CODE, "is not a code, nor the beginning of one followed by .*"));
const limit = v.pipe(queryInteger, v.minValue(1, "is less than 1"), v.maxValue(1000, "is more than 1000"));

const search = v.pipe(
  v.object({
    actor: some(name),
    target: some(name),
    room: v.optional(roomId),
    code: v.optional(code),
    outcome: v.optional(v.picklist(["done", "refused"], "is neither done nor refused")),
    from: v.optional(queryCount),
    to: v.optional(queryCount),
    limit: v.optional(limit),
    after: some(longText),
  }),
  v.check(({ from, to }) => from === undefined || to === undefined || from <= to, "from is later than to"),
);

const text = v.optional(v.string());
const entry = v.strictObject({
  log: v.number(),
  index: v.number(),
  id: v.string(),
  time: v.number(),
  code: v.string(),
  class: v.number(),
  activity: v.number(),
  outcome: v.picklist(["done", "refused"]),
  reason: text,
  count: v.number(),
  policy: text,
  actor: text,
  as_administrator: v.optional(v.literal(true)),
  device_id: text,
  address: text,
  target: text,
  room_id: text,
  event_id: text,
  erased: v.array(v.picklist(["actor", "target", "room"])),
  unsigned: v.boolean(),
});
const state = v.strictObject({
  logs: v.array(v.strictObject({ log: v.number(), origin: v.string(), vkey: v.string(), size: v.number(), checkpoint: v.string() })),
  unsigned: v.number(),
  stopped: text,
  second_place: text,
});

export const searchAudit = endpoint({
  ...reads,
  path: "/_wardroom/admin/v1/audit/entries",
  spec: "guides/audit.md#search",
  params: noParams,
  query: search,
  response: v.strictObject({ entries: v.array(entry), next_batch: text }),
  audit: "audit.searched",
  errors: ["M_FORBIDDEN"],
  heavy: true,
});

export const getAuditEntry = endpoint({
  ...reads,
  path: "/_wardroom/admin/v1/audit/entries/{log}/{index}",
  spec: "guides/audit.md#show",
  params: place,
  response: entry,
  audit: "audit.entry.read",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});

/** `entry` is base64 (RFC 4648, section 4), `proof` the text of a `.tlog-proof`. */
export const proveAuditEntry = endpoint({
  ...reads,
  path: "/_wardroom/admin/v1/audit/entries/{log}/{index}/proof",
  spec: "guides/audit.md#prove",
  params: place,
  response: v.strictObject({ proof: v.string(), entry: v.string() }),
  audit: "audit.proved",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});

export const getAuditState = endpoint({
  ...reads,
  path: "/_wardroom/admin/v1/audit/state",
  spec: "guides/audit.md#search",
  params: noParams,
  response: state,
  audit: "audit.state.read",
  errors: ["M_FORBIDDEN"],
});

const finding = v.strictObject({ place: v.string(), what: v.string(), detail: text });
const logReport = v.strictObject({
  origin: v.string(),
  size: v.number(),
  root: v.string(),
  entries: v.number(),
  faults: v.array(finding),
  witnesses: v.number(),
  continues: v.optional(v.strictObject({ origin: v.string(), size: v.number(), left: v.number() })),
  last_time: v.optional(v.number()),
});

/** Checks the store as it runs: every entry, tile and row of the index, the heads, the second place. Reads all of it. */
export const verifyAudit = endpoint({
  ...reads,
  path: "/_wardroom/admin/v1/audit/verify",
  spec: "guides/audit.md#verify",
  params: noParams,
  response: v.strictObject({ logs: v.array(logReport), faults: v.array(finding), warnings: v.array(finding) }),
  audit: "audit.verified",
  errors: ["M_FORBIDDEN"],
  heavy: true,
});

export const getAuditCheckpoint = endpoint({
  ...files,
  path: "/_wardroom/admin/v1/audit/logs/{log}/checkpoint",
  spec: "https://c2sp.org/tlog-checkpoint",
  params: v.object({ log }),
  response: file("the signed checkpoint"),
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});

/** `path` is what a tile or a bundle of entries has behind `tile/`, of several segments: `0/x001/234.p/5`, `entries/000`. */
export const getAuditTile = endpoint({
  ...files,
  path: "/_wardroom/admin/v1/audit/logs/{log}/tile/{+path}",
  spec: "https://c2sp.org/tlog-tiles",
  params: v.object({ log, path: longText }),
  response: file("a tile, or a bundle of entries"),
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
  heavy: true,
});
