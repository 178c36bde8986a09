import assert from "node:assert/strict";

/** What a JSON text can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonRecord = { readonly [key: string]: Json };
export type Path = readonly (string | number)[];

/** The value at the path, or undefined where the path ends early. Own keys only. */
export function at(value: Json | undefined, ...path: Path): Json | undefined {
  let here: Json | undefined = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    // An own key of a parsed JSON object or array holds JSON, which the check above has made sure of.
    here = (here as Record<string | number, Json>)[step];
  }
  return here;
}

/** The string at the path. @throws AssertionError */
export function textAt(value: Json | undefined, ...path: Path): string {
  const found = at(value, ...path);
  assert.ok(typeof found === "string", `a string is expected at ${path.join("/")}: ${show(value)}`);
  return found;
}

/** The array at the path; an absent one counts as empty, as in most Matrix answers. @throws AssertionError */
export function listAt(value: Json | undefined, ...path: Path): readonly Json[] {
  const found = at(value, ...path) ?? [];
  assert.ok(Array.isArray(found), `an array is expected at ${path.join("/")}: ${show(value)}`);
  // Array.isArray gives any[]; what JSON arrays hold is JSON.
  return found as readonly Json[];
}

/** The object at the path; an absent one counts as empty. @throws AssertionError */
export function recordAt(value: Json | undefined, ...path: Path): JsonRecord {
  const found = at(value, ...path) ?? {};
  assert.ok(
    typeof found === "object" && found !== null && !Array.isArray(found),
    `an object is expected at ${path.join("/")}: ${show(value)}`,
  );
  // Neither a primitive nor an array: an object.
  return found as JsonRecord;
}

function show(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
