import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";

/** Anything out of a YAML file. */
export type Node = unknown;

export interface Operation {
  readonly method: string;
  /** Whole path with `{parameters}`, base path included. */
  readonly template: string;
  readonly segments: readonly string[];
  /** Address of the operation object inside its file, as `file:…#/paths/…`. */
  readonly pointer: string;
  readonly responses: ReadonlyMap<string, Node>;
}

export interface SpecDocuments {
  /** Every file by its absolute URL, all `$ref`s made absolute. */
  readonly files: ReadonlyMap<string, Node>;
  readonly operations: readonly Operation[];
  /** The node that an absolute `$ref` names. @throws Error if there is none. */
  resolve(reference: string): Node;
}

export function entriesOf(node: Node): readonly (readonly [string, Node])[] {
  return typeof node === "object" && node !== null ? Object.entries(node) : [];
}

export function childOf(node: Node, key: string): Node {
  return typeof node === "object" && node !== null && Object.hasOwn(node, key) ? Reflect.get(node, key) : undefined;
}

/**
 * Reads the specification's OpenAPI files and the schemas they refer to.
 * @param folder the folder that contains `data/api/client-server`
 */
export function readSpecDocuments(folder: string): SpecDocuments {
  const files = new Map<string, Node>();
  for (const name of globSync("data/**/*.yaml", { cwd: folder })) {
    // Examples are no schemas, and some have keys that a schema compiler would trip over.
    if (name.includes("/examples/")) continue;
    const url = pathToFileURL(join(folder, name)).href;
    files.set(url, absolute(parse(readFileSync(join(folder, name), "utf8")), url));
  }
  const resolve = (reference: string): Node => {
    const [file = "", pointer = ""] = reference.split("#", 2);
    let node = files.get(file);
    for (const step of pointer.split("/").slice(1))
      node = childOf(node, decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
    if (node === undefined) throw new Error(`the specification refers to ${reference}, which does not exist`);
    const next = childOf(node, "$ref");
    return typeof next === "string" ? resolve(next) : node;
  };
  const operations = [...files]
    .filter(([url]) => /\/client-server\/[^/]+\.yaml$/.test(url))
    .flatMap(([url, file]) => operationsOf(url, file, resolve));
  if (operations.length === 0) throw new Error(`${folder} holds no data/api/client-server/*.yaml`);
  return { files, operations, resolve };
}

function absolute(node: Node, url: string): Node {
  if (Array.isArray(node)) return node.map((item: Node) => absolute(item, url));
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    entriesOf(node).map(([key, value]) => [
      key,
      key === "$ref" && typeof value === "string" ? new URL(value, url).href : absolute(value, url),
    ]),
  );
}

const METHODS = new Set(["get", "put", "post", "delete", "patch", "head"]);

function operationsOf(url: string, file: Node, resolve: (reference: string) => Node): Operation[] {
  const server = childOf(childOf(file, "servers"), "0");
  const base = childOf(childOf(childOf(server, "variables"), "basePath"), "default");
  const found: Operation[] = [];
  for (const [path, item] of entriesOf(childOf(file, "paths"))) {
    const template = `${typeof base === "string" ? base : ""}${path}`;
    for (const [method, operation] of entriesOf(item)) {
      if (!METHODS.has(method)) continue;
      const pointer = `${url}#/paths/${escapePointer(path)}/${method}`;
      const responses = new Map<string, Node>();
      for (const [status, response] of entriesOf(childOf(operation, "responses"))) {
        const reference = childOf(response, "$ref");
        responses.set(status, typeof reference === "string" ? resolve(reference) : response);
      }
      found.push({ method: method.toUpperCase(), template, segments: template.split("/").slice(1), pointer, responses });
    }
  }
  return found;
}

function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
