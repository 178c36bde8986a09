export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Parses text of a server; undefined if it is not JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    // JSON.parse gives any; JSON is what it parses.
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The value at a path of own keys: a key such as `constructor` finds nothing that the server did not send. */
export function valueAt(json: Json | undefined, ...path: string[]): Json | undefined {
  let value = json;
  for (const key of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

export function textAt(json: Json | undefined, ...path: string[]): string | undefined {
  const value = valueAt(json, ...path);
  return typeof value === "string" ? value : undefined;
}

export function listAt(json: Json | undefined, ...path: string[]): Json[] {
  const value = valueAt(json, ...path);
  return Array.isArray(value) ? value : [];
}
