// Requests made from the declarations, and answers made comparable.
import assert from "node:assert/strict";
import { type EndpointDeclaration, type EndpointName, endpoints, isNone } from "@wardroom/spec";
import { type Answer, at, type HttpClient, type Json, type Session, textAt } from "@wardroom/testkit";
import { nextTransaction } from "../room-steps.test-support.ts";
import { type Kind, kinds, type Names, type PairName, pairs } from "./names.test-support.ts";
import { type Ask, plans } from "./plans.test-support.ts";

const kindOf: Readonly<Record<string, Kind>> = {
  roomId: "room",
  roomIdOrAlias: "room",
  roomAlias: "alias",
  eventId: "event",
  userId: "user",
  deviceId: "device",
  version: "version",
  mediaId: "media",
  filterId: "filter",
  sessionId: "session",
};
/** Parameters that name nothing which belongs to somebody. */
const plain: Readonly<Record<string, () => string>> = {
  txnId: nextTransaction,
  eventType: () => "m.room.message",
  stateKey: () => "",
  receiptType: () => "m.read",
  keyName: () => "displayname",
  type: () => "org.example",
  kind: () => "content",
  ruleId: () => "mine",
  tag: () => "m.favourite",
  relType: () => "m.thread",
  serverName: () => "localhost",
  fileName: () => "mine.txt",
  log: () => "1",
  index: () => "0",
  path: () => "entries",
};

export interface Probe {
  readonly endpoint: EndpointName;
  readonly declaration: EndpointDeclaration;
  readonly ask: Ask;
  /** The kinds of names that its requests hold. */
  readonly uses: ReadonlySet<Kind>;
}

/** Every request of every endpoint, reads first: what a write of one's own left behind is no difference. @throws AssertionError where an endpoint has no plan, or one that says that it names nothing although it does */
export const probes: readonly Probe[] = Object.entries<EndpointDeclaration>(endpoints)
  .flatMap(([key, declaration]) => {
    // The key of an entry of `endpoints`.
    const endpoint = key as EndpointName;
    assert.ok(Object.hasOwn(plans, endpoint), `${endpoint}: no expectation is stated in plans.test-support.ts`);
    const { asks, none } = plans[endpoint];
    assert.ok(asks.length > 0 || (none ?? "") !== "", `${endpoint}: neither a request nor a reason`);
    assert.ok(none === undefined || namesIn(declaration, () => ({})).size === 0, `${endpoint} names something in its path`);
    return asks.map((ask) => ({ endpoint, declaration, ask, uses: namesIn(declaration, ask) }));
  })
  .toSorted((one, other) => Number(one.declaration.method !== "GET") - Number(other.declaration.method !== "GET"));

export const pairsOf = ({ uses }: Probe): readonly PairName[] =>
  // The keys of `pairs`.
  (Object.keys(pairs) as PairName[]).filter((name) => pairs[name].varies.every((kind: Kind) => uses.has(kind)));

/** Which names a request reads while it is made. */
function namesIn(declaration: EndpointDeclaration, ask: Ask): ReadonlySet<Kind> {
  const used = new Set<Kind>();
  const spies: Partial<Record<Kind, string>> = {};
  for (const kind of kinds)
    Object.defineProperty(spies, kind, {
      enumerable: true,
      get: () => {
        used.add(kind);
        return `${kind}:`;
      },
    });
  // Every kind has been defined above.
  pathOf(declaration.path, ask, spies as Names);
  return used;
}

function pathOf(template: string, ask: Ask, names: Names) {
  const { params = {}, ...details } = ask(names);
  const path = template.replaceAll(/\{\+?(\w+)\}/g, (_, parameter: string) => {
    const kind = Object.hasOwn(kindOf, parameter) ? kindOf[parameter] : undefined;
    const value = params[parameter] ?? (kind === undefined ? plain[parameter]?.() : names[kind]);
    assert.ok(value !== undefined, `{${parameter}} of ${template}: say what it names in probe.test-support.ts`);
    return encodeURIComponent(value);
  });
  return { path, ...details };
}

/** Asks as this person; where a pass phrase is wanted, it is given, so that what comes behind is seen. */
export async function send(http: HttpClient, who: Session, { declaration, ask }: Probe, names: Names): Promise<Answer> {
  const { path, query, body, bytes } = pathOf(declaration.path, ask, names);
  const request = (more: Json | undefined) =>
    http.request(declaration.method, path, {
      ...(isNone(declaration.auth) ? {} : { token: who.token }),
      ...(query === undefined ? {} : { query }),
      ...(more === undefined ? {} : { body: more }),
      ...(bytes === undefined ? {} : { rawBody: bytes, headers: { "content-type": "text/plain" } }),
    });
  const first = await request(body);
  if (declaration.auth !== "token+uia" || first.status !== 401) return first;
  const identifier = { type: "m.id.user", user: who.name };
  const auth = { type: "m.login.password", identifier, password: who.password, session: textAt(first.json, "session") };
  // A body with a stage is an object.
  return request({ ...(body as object), auth });
}

/** What of an answer a stranger could tell two cases apart by: names are replaced by their kind, times and tokens by a mark. */
export function comparable({ status, headers, text }: Answer, names: Names): string {
  const kept = [...headers].filter(([name]) => name !== "date" && name !== "content-length").map((header) => header.join(": "));
  let body = text;
  for (const kind of kinds) if (kind !== "version") body = body.replaceAll(names[kind], `<${kind}>`);
  body = body
    .replaceAll(/"(session|next_batch|prev_batch|start|end|filter_id|etag)":"[^"]*"/g, `"$1":"…"`)
    .replaceAll(/[$!][\w-]{43}/g, "<made>")
    .replaceAll(/\b1\d{12}\b/g, "<time>")
    .replaceAll(/"(age|count)":\d+/g, `"$1":0`);
  return [status, ...kept.sort(), body].join("\n");
}

export const isRefusal = ({ status, json }: Answer): boolean => status >= 400 && at(json, "errcode") !== undefined;
