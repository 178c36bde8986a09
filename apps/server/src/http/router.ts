import { MatrixError } from "#kernel";

/** What a path leads to. `values` are the decoded parameters in the order of the template. */
export type Found<T> =
  | { readonly kind: "route"; readonly route: T; readonly names: readonly string[]; readonly values: readonly string[] }
  | { readonly kind: "method"; readonly allowed: string }
  | { readonly kind: "unknown" };

export interface RouteEntry<T> {
  readonly method: string;
  readonly template: string;
  readonly route: T;
}

interface Leaf<T> {
  readonly route: T;
  readonly names: readonly string[];
}

interface Node<T> {
  readonly fixed: Map<string, Node<T>>;
  parameter: Node<T> | undefined;
  /** Takes all that is left of the path. */
  rest: Node<T> | undefined;
  readonly leaves: Map<string, Leaf<T>>;
}

export interface Router<T> {
  /** @throws MatrixError M_INVALID_PARAM for a path that cannot be decoded. */
  find(method: string, path: string): Found<T>;
}

const newNode = <T>(): Node<T> => ({ fixed: new Map(), parameter: undefined, rest: undefined, leaves: new Map() });

/** Compiles templates into a tree of path segments. @throws Error when two routes collide. */
export function createRouter<T>(entries: readonly RouteEntry<T>[]): Router<T> {
  const root = newNode<T>();
  for (const entry of entries) insert(root, entry);
  return {
    find(method, path) {
      const values: string[] = [];
      const node = walk(root, split(path), 0, values);
      if (node === undefined) return { kind: "unknown" };
      const leaf = node.leaves.get(method);
      if (leaf === undefined) return { kind: "method", allowed: [...node.leaves.keys(), "OPTIONS"].join(", ") };
      return { kind: "route", route: leaf.route, names: leaf.names, values };
    },
  };
}

function insert<T>(root: Node<T>, { method, template, route }: RouteEntry<T>): void {
  const segments = template.slice(1).split("/");
  const names: string[] = [];
  let node = root;
  for (const [index, segment] of segments.entries()) {
    const [, plus, parameter] = /^\{(\+?)(\w+)\}$/.exec(segment) ?? [];
    if (plus === "+" && index < segments.length - 1) throw new Error(`something stands behind the rest of the path in ${template}`);
    if (parameter !== undefined) names.push(parameter);
    node = below(node, segment, plus);
  }
  if (node.leaves.has(method)) throw new Error(`two endpoints answer ${method} ${template}`);
  node.leaves.set(method, { route, names });
}

/** @param plus undefined for a fixed segment */
function below<T>(node: Node<T>, segment: string, plus: string | undefined): Node<T> {
  if (plus === "+") return (node.rest ??= newNode<T>());
  if (plus === "") return (node.parameter ??= newNode<T>());
  const next = node.fixed.get(segment) ?? newNode<T>();
  node.fixed.set(segment, next);
  return next;
}

interface Path {
  readonly segments: readonly string[];
  readonly asSent: readonly string[];
}

/** A fixed segment wins over a parameter, and that over the rest; none of them is ever empty. Bounded by the depth of the tree. */
function walk<T>(node: Node<T>, path: Path, index: number, values: string[]): Node<T> | undefined {
  const segment = path.segments[index];
  if (segment === undefined) return node.leaves.size > 0 ? node : undefined;
  const fixed = node.fixed.get(segment);
  const found = fixed === undefined ? undefined : walk(fixed, path, index + 1, values);
  if (found !== undefined || segment === "") return found;
  if (node.parameter !== undefined) {
    values.push(segment);
    const beneath = walk(node.parameter, path, index + 1, values);
    if (beneath !== undefined) return beneath;
    values.pop();
  }
  // Not decoded: an escape would be a second spelling, and an escaped slash could not be told from one between segments.
  if (node.rest !== undefined) values.push(path.asSent.slice(index).join("/"));
  return node.rest;
}

/** Split before decoding, so that an escaped slash stays inside its parameter. */
function split(path: string): Path {
  const asSent = path.slice(1).split("/");
  if (!path.includes("%")) return { segments: asSent, asSent };
  return { segments: asSent.map((segment) => (segment.includes("%") ? decode(segment) : segment)), asSent };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new MatrixError("M_INVALID_PARAM", "The path holds a percent sign that is no escape of UTF-8 text.");
  }
}
