import { splitPropertyPath } from "@wardroom/spec";
/** What of an event is wanted: everything below a name, or some of it. */
type Wanted = Map<string, Wanted | "whole">;

/** Without these an event is none, whatever was asked for (the specification lets a server send more). */
const always = ["content", "event_id", "origin_server_ts", "sender", "state_key", "type"];

/** `event_fields` of a filter: takes an event's JSON text apart and leaves what was asked for. */
export function compileEventFields(fields: readonly string[]): (text: string) => string {
  const wanted: Wanted = new Map();
  for (const field of fields) want(wanted, splitPropertyPath(field));
  for (const name of always) if (!wanted.has(name)) wanted.set(name, name === "content" ? new Map() : "whole");
  return (text) => JSON.stringify(pick(JSON.parse(text), wanted));
}

function want(wanted: Wanted, [name, ...rest]: readonly string[]): void {
  if (name === undefined) return;
  const below = wanted.get(name) ?? new Map();
  if (rest.length === 0) wanted.set(name, "whole");
  else if (below !== "whole") {
    wanted.set(name, below);
    want(below, rest);
  }
}

function pick(value: unknown, wanted: Wanted): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  // Without a prototype: a member called `__proto__` is a member like others.
  const picked: Record<string, unknown> = Object.create(null);
  for (const [name, member] of Object.entries(value)) {
    const below = wanted.get(name);
    if (below === "whole") picked[name] = member;
    else if (below !== undefined && isObject(member)) picked[name] = pick(member, below);
  }
  return picked;
}

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
