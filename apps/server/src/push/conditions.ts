import { isJsonObject, type JsonObject, type JsonValue, own, ownString } from "@wardroom/matrix-core";
import type { RuleFacts } from "#rooms";
import { type JudgedEvent, readerOf } from "./event-property.ts";
import { compileGlob, isWord, type Steps } from "./glob.ts";

/** Of a room, as far as rules ask. */
export type JudgedRoom = Pick<RuleFacts, "roomId" | "joined" | "displayName" | "mayNotify">;

/** One condition made ready (Client-Server API, "Conditions"). */
export type Condition = (event: JudgedEvent, room: JudgedRoom, steps: Steps) => boolean;

const never: Condition = () => false;

/** What is not known, or not of its shape, never matches: the rule is as good as disabled. */
export function compileCondition(condition: JsonValue, userId: string): Condition {
  const kind = isJsonObject(condition) ? ownString(condition, "kind") : undefined;
  return (isJsonObject(condition) ? makers.get(kind ?? "")?.(condition, userId) : undefined) ?? never;
}

type Maker = (condition: JsonObject, userId: string) => Condition | undefined;

const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["event_match", eventMatch],
  ["event_property_is", eventPropertyIs],
  ["event_property_contains", eventPropertyContains],
  ["contains_display_name", (_, userId) => containsDisplayName(userId)],
  ["room_member_count", memberCount],
  ["sender_notification_permission", senderNotificationPermission],
]);

/** The words of content rules, too: any run of words of the body. */
export function bodyMatch(pattern: string): Condition {
  const glob = compileGlob(pattern);
  return ({ content }, _, steps) => {
    const body = bodyOf(content);
    return body !== undefined && glob.matchesWords(body, steps);
  };
}

function eventMatch(condition: JsonObject): Condition | undefined {
  const [key, pattern] = [ownString(condition, "key"), ownString(condition, "pattern")];
  if (key === undefined || pattern === undefined) return undefined;
  if (key === "content.body") return bodyMatch(pattern);
  const read = readerOf(key);
  const lower = pattern.toLowerCase();
  // Most patterns are plain names. What becomes an ASCII text in lower case is as long as that.
  if (/^[!-)+->@-~]*$/.test(pattern)) {
    return (event, { roomId }) => {
      const value = read(event, roomId);
      return typeof value === "string" && value.length === lower.length && (value === pattern || value.toLowerCase() === lower);
    };
  }
  const glob = compileGlob(pattern);
  return (event, { roomId }, steps) => {
    const value = read(event, roomId);
    return typeof value === "string" && glob.matchesWhole(value.slice(0, MOST_CHARACTERS).toLowerCase(), steps);
  };
}

function eventPropertyIs(condition: JsonObject): Condition | undefined {
  const key = ownString(condition, "key");
  const wanted = own(condition, "value");
  if (key === undefined || !isPlain(wanted)) return undefined;
  const read = readerOf(key);
  return (event, { roomId }) => read(event, roomId) === wanted;
}

function eventPropertyContains(condition: JsonObject): Condition | undefined {
  const key = ownString(condition, "key");
  const wanted = own(condition, "value");
  if (key === undefined || !isPlain(wanted)) return undefined;
  const read = readerOf(key);
  return (event, { roomId }, steps) => {
    const value = read(event, roomId);
    if (!Array.isArray(value)) return false;
    steps.left -= value.length;
    return steps.left >= 0 && value.includes(wanted);
  };
}

/** Deprecated since v1.17, and still what old clients have stored. */
function containsDisplayName(userId: string): Condition {
  // By the name that it was made for: names change seldom.
  let known: { readonly name: string; readonly matches: Condition } | undefined;
  return (event, room, steps) => {
    const name = room.displayName(userId);
    if (name === undefined || name === "") return false;
    // A name is no pattern: its stars and question marks could be anything.
    if (known?.name !== name) known = { name, matches: wordsMatch(name) };
    return known.matches(event, room, steps);
  };
}

function wordsMatch(words: string): Condition {
  const escaped = words.toLowerCase();
  return ({ content }, _, steps) => {
    const body = bodyOf(content);
    if (body === undefined) return false;
    steps.left -= Math.ceil(body.length / 8);
    for (let at = body.indexOf(escaped); at >= 0 && steps.left >= 0; at = body.indexOf(escaped, at + 1)) {
      steps.left -= 1;
      const end = at + escaped.length;
      if ((!isWord(body[at - 1]) || !isWord(body[at])) && (!isWord(body[end]) || !isWord(body[end - 1]))) return true;
    }
    return false;
  };
}

function memberCount(condition: JsonObject): Condition | undefined {
  const match = /^(==|<=|>=|<|>)?(\d{1,15})$/.exec(ownString(condition, "is") ?? "");
  if (match === null) return undefined;
  const count = Number(match[2]);
  const compare = comparisons.get(match[1] ?? "==");
  return compare === undefined ? undefined : (_, room) => compare(room.joined(), count);
}

const comparisons: ReadonlyMap<string, (one: number, other: number) => boolean> = new Map([
  ["==", (one: number, other: number) => one === other],
  ["<", (one: number, other: number) => one < other],
  [">", (one: number, other: number) => one > other],
  ["<=", (one: number, other: number) => one <= other],
  [">=", (one: number, other: number) => one >= other],
]);

function senderNotificationPermission(condition: JsonObject): Condition | undefined {
  const key = ownString(condition, "key");
  return key === undefined ? undefined : ({ sender }, room) => room.mayNotify(sender, key);
}

/**
 * @NOTSPEC Patterns look at this much of a value, and one person's rules together at `MOST_STEPS` characters of one event.
 */
const MOST_CHARACTERS = 4096;
const bodies = new WeakMap<JsonObject, string>();

/** Lower-cased once for all who are asked about the event. */
function bodyOf(content: JsonObject): string | undefined {
  const known = bodies.get(content);
  if (known !== undefined) return known;
  const body = ownString(content, "body")?.slice(0, MOST_CHARACTERS).toLowerCase();
  if (body !== undefined) bodies.set(content, body);
  return body;
}

const isPlain = (value: JsonValue | undefined): value is string | number | boolean | null =>
  value === null || typeof value === "string" || typeof value === "boolean" || Number.isSafeInteger(value);
