import type { AuditRecord, Random } from "#kernel";
import type { AuditOwner, Keys } from "#keys";
import { eventClassOf } from "./event-class.ts";
import { boundText, type EntrySegment, type SegmentName, writeEntry } from "./entry.ts";

export interface StampedRecord extends AuditRecord {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** How often the clock had been turned back; 0 if absent. */
  readonly clock?: number;
  /** In the first entry of a log. */
  readonly log?: Readonly<Record<string, never>> | Parameters<typeof writeEntry>[0]["log"];
}

export interface EntrySealerDeps {
  readonly keys: Pick<Keys, "audit">;
  readonly random: Random;
  /** Name of the policy set that decides. */
  readonly policySet: string;
}

const ID_BYTES = 16;
// Ids fit into 255 bytes each; a longer text comes from a request that was refused and must not fill the log.
const MAX_CHARACTERS = 255;
const bounded = (text: string): string => (text.length <= MAX_CHARACTERS ? text : text.slice(0, MAX_CHARACTERS)).toWellFormed();

const boundedIf = (text: string | undefined): string | undefined => (text === undefined ? undefined : bounded(text));

/** Whose key seals what is known under this name. */
function ownerOf(name: string, asAdministrator = false): AuditOwner {
  if (name.startsWith("@")) return { kind: asAdministrator ? "administrator" : "person", id: name };
  return name.startsWith("!") ? { kind: "room", id: name } : { kind: "system" };
}

interface Segment {
  readonly owner: AuditOwner;
  /** What it is found by. */
  readonly value: string;
  readonly content: Readonly<Record<string, string | undefined>>;
}

function segmentOf(name: SegmentName, record: StampedRecord): Segment | undefined {
  const { actor, deviceId, address, asAdministrator = false, target, roomId, eventId } = record;
  if (name === "actor") {
    const value = bounded(actor);
    const content = {
      user: value,
      device: boundedIf(deviceId),
      address: boundedIf(address),
      role: asAdministrator ? "administrator" : undefined,
    };
    return { owner: ownerOf(value, asAdministrator), value, content };
  }
  if (name === "target") {
    if (target === undefined) return undefined;
    const value = bounded(target);
    return { owner: ownerOf(value), value, content: { id: value } };
  }
  if (roomId === undefined)
    return eventId === undefined ? undefined : { owner: { kind: "system" }, value: "", content: { event: boundedIf(eventId) } };
  const value = bounded(roomId);
  return { owner: { kind: "room", id: value }, value, content: { room: value, event: boundedIf(eventId) } };
}

/** Makes entries: what stands in clear, and the sealed rest (docs/decisions/0007-audit-log.md). */
export function createEntrySealer({ keys, random, policySet }: EntrySealerDeps): (record: StampedRecord) => Uint8Array {
  return (record) => {
    const { at, clock = 0, event, outcome, reason, count = 1, actor, log } = record;
    const { class: ocsfClass, activity } = eventClassOf(event);
    const head = {
      id: Buffer.from(random.bytes(ID_BYTES)).toString("base64url"),
      time: at,
      clock,
      code: event,
      class: ocsfClass,
      activity,
      outcome,
      reason: reason === undefined ? undefined : bounded(reason),
      count,
      // Who sits at the machine, and the server itself, ask no policy.
      policy: actor.startsWith("@") || outcome === "refused" ? policySet : undefined,
      log,
    };
    const seal = (name: SegmentName, headText: string): EntrySegment | undefined => {
      const segment = segmentOf(name, record);
      if (segment === undefined) return undefined;
      const plaintext = JSON.stringify(segment.content);
      const { sealed, token } = keys.audit.seal(segment.owner, at, {
        associated: boundText(name, headText),
        plaintext,
        value: segment.value,
      });
      return { sealed: asBase64(sealed), token: asBase64(token) };
    };
    return Buffer.from(writeEntry(head, seal));
  };
}

const asBase64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
