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
  readonly leaves: Map<string, Leaf<T>>;
}

export interface Router<T> {
  /** @throws MatrixError M_INVALID_PARAM for a path that cannot be decoded. */
  find(method: string, path: string): Found<T>;
}

const newNode = <T>(): Node<T> => ({ fixed: new Map(), parameter: undefined, leaves: new Map() });

/** Compiles templates into a tree of path segments. @throws Error when two routes collide. */
export function createRouter<T>(entries: readonly RouteEntry<T>[]): Router<T> {
  const root = newNode<T>();
  for (const entry of entries) insert(root, entry);
  return {
    find(method, path) {
      const segments = split(path);
      const values: string[] = [];
      const node = walk(root, segments, 0, values);
      if (node === undefined) return { kind: "unknown" };
      const leaf = node.leaves.get(method);
      if (leaf === undefined) return { kind: "method", allowed: [...node.leaves.keys(), "OPTIONS"].join(", ") };
      return { kind: "route", route: leaf.route, names: leaf.names, values };
    },
  };
}

function insert<T>(root: Node<T>, { method, template, route }: RouteEntry<T>): void {
  const names: string[] = [];
  let node = root;
  for (const segment of template.slice(1).split("/")) {
    const parameter = /^\{(\w+)\}$/.exec(segment)?.[1];
    let next = parameter === undefined ? node.fixed.get(segment) : node.parameter;
    if (next === undefined) next = newNode<T>();
    if (parameter === undefined) node.fixed.set(segment, next);
    else {
      names.push(parameter);
      node.parameter = next;
    }
    node = next;
  }
  if (node.leaves.has(method)) throw new Error(`two endpoints answer ${method} ${template}`);
  node.leaves.set(method, { route, names });
}

/** A fixed segment wins over a parameter; a parameter is never empty. Bounded by the depth of the tree. */
function walk<T>(node: Node<T>, segments: readonly string[], index: number, values: string[]): Node<T> | undefined {
  const segment = segments[index];
  if (segment === undefined) return node.leaves.size > 0 ? node : undefined;
  const fixed = node.fixed.get(segment);
  const found = fixed === undefined ? undefined : walk(fixed, segments, index + 1, values);
  if (found !== undefined || node.parameter === undefined || segment === "") return found;
  values.push(segment);
  const below = walk(node.parameter, segments, index + 1, values);
  if (below === undefined) values.pop();
  return below;
}

/** Split before decoding, so that an escaped slash stays inside its parameter. */
function split(path: string): readonly string[] {
  const segments = path.slice(1).split("/");
  if (!path.includes("%")) return segments;
  return segments.map((segment) => (segment.includes("%") ? decode(segment) : segment));
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new MatrixError("M_INVALID_PARAM", "The path holds a percent sign that is no escape of UTF-8 text.");
  }
}
