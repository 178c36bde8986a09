// An entry of the log: its canonical text, and back (docs/decisions/0007-audit-log.md).
import { isUtf8 } from "node:buffer";
import { canonicalJson, isJsonObject, own, ownObject, ownString, parseJson, type JsonValue } from "@wardroom/matrix-core";

const ENTRY_VERSION = 1;
/** Far below the 65,535 bytes of the tile format. */
const MOST_ENTRY_BYTES = 32 * 1024;

const segmentNames = ["actor", "target", "room"] as const;
export type SegmentName = (typeof segmentNames)[number];

/** What stands in clear: no personal data. */
export interface EntryHead {
  /** 16 random bytes, base64url. */
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  /** How often the clock had been turned back when it gave this time. */
  readonly clock: number;
  readonly code: string;
  readonly class: number;
  readonly activity: number;
  readonly outcome: "done" | "refused";
  readonly reason?: string | undefined;
  readonly count: number;
  readonly policy?: string | undefined;
  /** In the first entry of a log only. */
  readonly log?: { readonly [key: string]: JsonValue } | undefined;
}

/** A sealed segment and its search token, base64. */
export interface EntrySegment {
  readonly sealed: string;
  readonly token: string;
}

export interface ParsedEntry {
  readonly head: EntryHead;
  /** Canonical text without the segments: what they are bound to. */
  readonly headText: string;
  readonly segments: Readonly<Partial<Record<SegmentName, EntrySegment>>>;
}

/** The canonical text in three pieces, between which the segments stand. Written out: this is on the way of every message. */
function piecesOf(head: EntryHead): readonly [string, string, string] {
  const { id, time, clock, code, class: ocsfClass, activity, outcome, reason, count, policy, log } = head;
  const counted = count === 1 ? "" : `"count":${count},`;
  const clocked = clock === 0 ? "" : `"clock":${clock},`;
  const logged = log === undefined ? "" : `"log":${canonicalJson(log)},`;
  const decided = policy === undefined ? "" : `"policy":"${policy}",`;
  const reasoned = reason === undefined ? "" : `"reason":${JSON.stringify(reason)},`;
  return [
    `{"activity":${activity},`,
    `"class":${ocsfClass},${clocked}"code":${JSON.stringify(code)},${counted}"id":"${id}",${logged}"outcome":"${outcome}",${decided}${reasoned}`,
    `"time":${time},"v":${ENTRY_VERSION}}`,
  ];
}

/** @param seal makes a segment bound to the given text; undefined where the entry has none of that name */
export function writeEntry(head: EntryHead, seal: (name: SegmentName, headText: string) => EntrySegment | undefined): string {
  const [first, second, third] = piecesOf(head);
  const headText = first + second + third;
  const segment = (name: SegmentName): string => {
    const made = seal(name, headText);
    return made === undefined ? "" : `"${name}":{"sealed":"${made.sealed}","token":"${made.token}"},`;
  };
  return first + segment("actor") + second + segment("room") + segment("target") + third;
}

/** A room's name is sealed once a quarter and stands in thousands of entries: that it stands in this one is the tree's to hold. */
export const ROOM_BOUND = `audit/${ENTRY_VERSION}/room`;

/** What a segment is bound to beside its key. */
export const boundText = (name: SegmentName, headText: string): string =>
  name === "room" ? ROOM_BOUND : `audit/${ENTRY_VERSION}/${name}\n${headText}`;

/** The bytes are no entry of this form. */
export class MalformedEntry extends Error {
  override readonly name = "MalformedEntry";
}

/** @throws MalformedEntry also for a text that is not the canonical one: one entry has one spelling. */
export function parseEntry(bytes: Uint8Array): ParsedEntry {
  if (bytes.length > MOST_ENTRY_BYTES) throw new MalformedEntry(`longer than ${MOST_ENTRY_BYTES} bytes`);
  // What is no UTF-8 would be read as if it were something else.
  if (!isUtf8(bytes)) throw new MalformedEntry("not UTF-8");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const value = readJson(text);
  const head = readHead(value);
  const segments: Partial<Record<SegmentName, EntrySegment>> = {};
  for (const name of segmentNames) {
    const found = ownObject(value, name);
    if (found === undefined) continue;
    const [sealed, token] = [ownString(found, "sealed"), ownString(found, "token")];
    if (sealed === undefined || token === undefined) throw new MalformedEntry(`the segment ${name} is damaged`);
    segments[name] = { sealed, token };
  }
  if (writeEntry(head, (name) => segments[name]) !== text)
    throw new MalformedEntry("not in canonical form, or with members unknown to this form");
  return { head, headText: piecesOf(head).join(""), segments };
}

function readJson(text: string): { readonly [key: string]: JsonValue } {
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch {
    throw new MalformedEntry("not JSON");
  }
  if (!isJsonObject(value)) throw new MalformedEntry("not an object");
  return value;
}

function readHead(value: { readonly [key: string]: JsonValue }): EntryHead {
  if (own(value, "v") !== ENTRY_VERSION) throw new MalformedEntry("of an unknown version");
  const text = (key: string): string => {
    const found = ownString(value, key);
    if (found === undefined) throw new MalformedEntry(`${key} is missing`);
    return found;
  };
  const integer = (key: string, fallback?: number): number => {
    const found = own(value, key) ?? fallback;
    if (typeof found !== "number" || !Number.isSafeInteger(found) || found < 0) throw new MalformedEntry(`${key} is missing`);
    return found;
  };
  const outcome = text("outcome");
  if (outcome !== "done" && outcome !== "refused") throw new MalformedEntry("the outcome is unknown");
  return {
    id: text("id"),
    time: integer("time"),
    clock: integer("clock", 0),
    code: text("code"),
    class: integer("class"),
    activity: integer("activity"),
    outcome,
    reason: ownString(value, "reason"),
    count: integer("count", 1),
    policy: ownString(value, "policy"),
    log: ownObject(value, "log"),
  };
}
