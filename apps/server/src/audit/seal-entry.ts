import type { AuditRecord, Random } from "#kernel";
import type { AuditOwner, Keys, SealedSegment } from "#keys";
import { eventClassOf } from "./event-class.ts";
import { boundText, type EntrySegment, ROOM_BOUND, type SegmentName, writeEntry } from "./entry.ts";

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

/** Seals one segment of a record, bound to the rest of the entry; undefined where the record has none. */
function sealSegment({ audit }: Pick<Keys, "audit">, name: SegmentName, record: StampedRecord, headText: string): EntrySegment | undefined {
  const { at, actor, deviceId, address, asAdministrator = false, target, roomId, eventId } = record;
  if (name === "room")
    return roomId === undefined ? undefined : asText(audit.sealName({ kind: "room", id: bounded(roomId) }, at, ROOM_BOUND));
  const value = name === "actor" ? bounded(actor) : target === undefined ? undefined : bounded(target);
  if (value === undefined) return undefined;
  const content =
    name === "target"
      ? { id: value }
      : {
          user: value,
          device: boundedIf(deviceId),
          address: boundedIf(address),
          event: boundedIf(eventId),
          role: asAdministrator ? "administrator" : undefined,
        };
  const owner = ownerOf(value, name === "actor" && asAdministrator);
  return asText(audit.seal(owner, at, { associated: boundText(name, headText), plaintext: JSON.stringify(content), value }));
}

const asBase64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
const asText = ({ sealed, token }: SealedSegment): EntrySegment => ({ sealed: asBase64(sealed), token: asBase64(token) });

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
    return Buffer.from(writeEntry(head, (name, headText) => sealSegment(keys, name, record, headText)));
  };
}
