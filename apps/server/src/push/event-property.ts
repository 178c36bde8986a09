import type { JsonValue } from "@wardroom/matrix-core";
import { splitPropertyPath } from "@wardroom/spec";
import type { FeedEvent } from "#rooms";

/** What rules look at. */
export type JudgedEvent = Pick<FeedEvent, "eventId" | "type" | "sender" | "stateKey" | "content" | "originServerTs">;

type Read = (event: JudgedEvent, roomId: string) => JsonValue | undefined;

const topLevel: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["type", ({ type }) => type],
  ["sender", ({ sender }) => sender],
  ["state_key", ({ stateKey }) => stateKey],
  ["event_id", ({ eventId }) => eventId],
  ["room_id", (_, roomId) => roomId],
  ["origin_server_ts", ({ originServerTs }) => originServerTs],
]);

/** Reads the property at a path (appendices, "Dot-separated property paths"). */
export function readerOf(path: string): Read {
  const [first = "", ...rest] = splitPropertyPath(path);
  if (first === "content") return ({ content }) => descend(content, rest);
  const read = rest.length === 0 ? topLevel.get(first) : undefined;
  return read ?? (() => undefined);
}

function descend(value: JsonValue | undefined, names: readonly string[]): JsonValue | undefined {
  let current: unknown = value;
  for (const name of names) {
    if (typeof current !== "object" || current === null || Array.isArray(current) || !Object.hasOwn(current, name)) return undefined;
    current = Object.getOwnPropertyDescriptor(current, name)?.value;
  }
  return current as JsonValue | undefined; // a part of a JSON value
}
