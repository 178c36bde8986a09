// What a request can name, and which of it is whose.
import { createHash } from "node:crypto";

export const kinds = ["room", "event", "user", "alias", "device", "version", "media", "reserved", "filter", "session"] as const;
export type Kind = (typeof kinds)[number];
export type Names = Readonly<Record<Kind, string>>;

/** Names of the same shape that this server never gave out. */
export const absent: Names = {
  room: `!${shaped("room", 43)}`,
  event: `$${shaped("event", 43)}`,
  user: "@nobody:localhost",
  alias: "#nothing:localhost",
  device: "NOSUCHDEVICE",
  version: "9",
  media: shaped("media", 32),
  reserved: shaped("media", 32),
  filter: shaped("filter", 22),
  session: "no-such-session",
};

function shaped(seed: string, length: number): string {
  return createHash("sha256").update(seed).digest("base64url").slice(0, length);
}

/** Two requests that differ in one thing: whether what they name exists. Everything else is the caller's own. */
export interface Pair {
  /** A request has this pair if it names all of these kinds. */
  readonly varies: readonly Kind[];
  readonly theirs: readonly Kind[];
  readonly absent: readonly Kind[];
}

const varying = (...changed: readonly Kind[]): Pair => ({ varies: changed, theirs: changed, absent: changed });

/** What somebody who has never been in the room could try. */
export const pairs = {
  room: { varies: ["room"], theirs: ["room", "event"], absent: ["room", "event"] },
  "event in their room": { varies: ["room", "event"], theirs: ["room", "event"], absent: ["event"] },
  "member of their room": { varies: ["room", "user"], theirs: ["room", "user", "event"], absent: ["user"] },
  event: varying("event"),
  user: varying("user"),
  "device of theirs": { varies: ["user", "device"], theirs: ["user", "device"], absent: ["device"] },
  alias: varying("alias"),
  device: varying("device"),
  version: varying("version"),
  media: varying("media"),
  "file that is awaited": { varies: ["media"], theirs: ["reserved"], absent: ["reserved"] },
  filter: varying("filter"),
  session: varying("session"),
} as const satisfies Readonly<Record<string, Pair>>;
export type PairName = keyof typeof pairs;

let aliases = 0;
/** One that an earlier request has not made. */
const newAlias = () => `#nothing-${(aliases += 1)}:localhost`;

/** The two sets of names of a pair. What both leave open is the caller's. */
export function bothOf(name: PairName, mine: Names, theirs: Names): readonly [Names, Names] {
  const pair: Pair = pairs[name];
  const pick = (from: Names, which: readonly Kind[]): Partial<Record<Kind, string>> =>
    Object.fromEntries(which.map((kind) => [kind, from[kind]]));
  const real = { ...mine, ...pick(theirs, pair.theirs) };
  const unreal = { ...real, ...pick({ ...absent, alias: newAlias() }, pair.absent) };
  if (name !== "file that is awaited") return [real, unreal];
  return [
    { ...real, media: real.reserved },
    { ...unreal, media: unreal.reserved },
  ];
}
