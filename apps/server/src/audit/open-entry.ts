import { isJsonObject, ownString, parseJson } from "@wardroom/matrix-core";
import type { Keys } from "#keys";
import type { EntryPlace, OpenedEntry } from "./contract.ts";
import { boundText, type ParsedEntry, parseEntry, type SegmentName } from "./entry.ts";

type Fields = { -readonly [K in keyof OpenedEntry]?: OpenedEntry[K] };

/** Opens what can be opened. @throws MalformedEntry, SealBroken for an entry that was written past this program */
export function openEntry(keys: Pick<Keys, "audit">, bytes: Uint8Array, place: EntryPlace & { readonly unsigned: boolean }): OpenedEntry {
  const entry = parseEntry(bytes);
  const { reason, policy, log: _, clock: __, ...head } = entry.head;
  const erased: SegmentName[] = [];
  const read = (name: SegmentName): ((key: string) => string | undefined) => {
    const opened = openSegment(keys, entry, name);
    if (opened === "erased") erased.push(name);
    return typeof opened === "function" ? opened : () => undefined;
  };
  const [actor, target, room] = [read("actor"), read("target"), read("room")];
  const fields: Fields = {
    reason,
    policy,
    actor: actor("user"),
    asAdministrator: actor("role") === "administrator" ? true : undefined,
    deviceId: actor("device"),
    address: actor("address"),
    target: target("id"),
    roomId: room("room"),
    eventId: actor("event"),
  } as Fields; // members that are undefined are dropped below
  const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { log: place.log, index: place.index, ...head, ...known, erased, unsigned: place.unsigned };
}

type Reading = "absent" | "erased" | ((key: string) => string | undefined);

function openSegment(keys: Pick<Keys, "audit">, { segments, headText }: ParsedEntry, name: SegmentName): Reading {
  const segment = segments[name];
  if (segment === undefined) return "absent";
  const opened = keys.audit.open(boundText(name, headText), Buffer.from(segment.sealed, "base64"));
  if (opened === undefined) return "erased";
  const text = Buffer.from(opened.plaintext).toString("utf8");
  if (name === "room") return () => text;
  const value = parseJson(text);
  return isJsonObject(value) ? (key) => ownString(value, key) : "absent";
}
