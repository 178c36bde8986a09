import type { IncomingMessage, ServerResponse } from "node:http";
import { isJsonObject } from "@wardroom/matrix-core";
import { type Actor, MatrixError, RawJson } from "#kernel";
import { authenticate } from "./authenticate.ts";
import type { AddressReader } from "./client-address.ts";
import type { CompiledEndpoint } from "./compile-endpoints.ts";
import type { HttpDeps } from "./http-deps.ts";
import { ClientGone, StatusError } from "./errors.ts";
import type { HeavyReads } from "./heavy-reads.ts";
import type { Limits } from "./limits.ts";
import { parseBody } from "./parse-body.ts";
import { parseQuery, type Query } from "./parse-query.ts";
import type { ErrorPresenter } from "./present-error.ts";
import { readBody } from "./read-body.ts";
import { type Reply, send, sendPreflight } from "./reply.ts";
import type { Found, Router } from "./router.ts";
import { validate } from "./validate.ts";
import type { UnsentAnswers } from "./unsent-answers.ts";
import type { WaitingRequests } from "./waiting-requests.ts";

export interface FrontDeps extends Pick<HttpDeps, "identity" | "policy" | "audit"> {
  readonly router: Router<CompiledEndpoint>;
  readonly limits: Limits;
  readonly addressOf: AddressReader;
  readonly errors: ErrorPresenter;
  readonly waiting: WaitingRequests;
  readonly unsent: UnsentAnswers;
  readonly heavyReads: HeavyReads;
  readonly bodyBytes: number;
}

/** One request, and what becomes known of it on its way. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Name of the declaration. */
  endpoint: string;
  /** Against whom it counts: the account, or the address where nobody is signed in. */
  owner: string;
}

type Route = Extract<Found<CompiledEndpoint>, { readonly kind: "route" }>;

const inPath = { wrong: "M_INVALID_PARAM", missing: "M_INVALID_PARAM" } as const;
const inQuery = { wrong: "M_INVALID_PARAM", missing: "M_MISSING_PARAM" } as const;
const inBody = { wrong: "M_BAD_JSON", missing: "M_BAD_JSON" } as const;
const never = new AbortController().signal;

/**
 * One request from head to answer, by guards in fixed order: preflight, known path, address limit, authentication, account
 * limit, validation, authorisation, handler. Never rejects.
 */
export async function handleRequest(front: FrontDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "OPTIONS") {
    sendPreflight(response);
    front.unsent.watch(response, "");
    return;
  }
  const exchange: Exchange = { request, response, endpoint: "unknown", owner: "" };
  try {
    const url = request.url ?? "/";
    const mark = url.indexOf("?");
    const found = findRoute(front, request.method ?? "", mark === -1 ? url : url.slice(0, mark));
    exchange.endpoint = found.route.name;
    const answer = await runGuards(front, found, mark === -1 ? "" : url.slice(mark + 1), exchange);
    reply(front, exchange, { status: 200, body: answer instanceof RawJson ? answer.text : JSON.stringify(answer) });
  } catch (error) {
    refuse(front, exchange, error);
  }
}

function findRoute(front: FrontDeps, method: string, path: string): Route {
  // What may be read may be asked about: the answer to HEAD is that to GET without its body.
  const found = front.router.find(method === "HEAD" ? "GET" : method, path);
  if (found.kind === "route") return found;
  if (found.kind === "unknown") throw new MatrixError("M_UNRECOGNIZED", "There is no such endpoint.");
  throw new StatusError(405, "M_UNRECOGNIZED", "This endpoint does not know that method.", ["Allow", found.allowed]);
}

async function runGuards(front: FrontDeps, found: Route, search: string, exchange: Exchange): Promise<unknown> {
  const { route, names, values } = found;
  const { request, response } = exchange;
  const { declaration, limit } = route;
  const address = front.addressOf(request);
  front.limits.address(address);
  let parsed: Query | undefined;
  const query = () => (parsed ??= parseQuery(search));
  const actor = route.needsToken ? await authenticate(front.identity, request, query) : undefined;
  // At once, so that no end of the token falls between.
  const signal = route.waits || route.heavy ? front.waiting.watch(response, actor) : never;
  const owner = actor?.userId ?? address;
  exchange.owner = owner;
  if (limit !== undefined) front.limits.take(limit, owner, actor?.deviceId);
  // Who reads nothing may still write: sign out, above all.
  if (declaration.method === "GET") front.unsent.admit(owner);

  const raw: Record<string, string> = {};
  for (const [index, name] of names.entries()) raw[name] = values[index] ?? "";
  // Proven by the type of a declaration: `params` is an object schema.
  const params = validate(declaration.params, raw, inPath) as Readonly<Record<string, unknown>>;
  const queryValue = validate(declaration.query, query(), inQuery);
  const body = await bodyOf(front, route, request);

  authorise(front, route, actor, params);
  const beginHeavyRead = () => front.heavyReads.begin(owner, signal);
  // Proven above: each part came out of the schema of this handler's own declaration.
  const context = { actor, params, query: queryValue, body, address, signal, beginHeavyRead } as never;
  const leave = route.heavy ? await beginHeavyRead() : undefined;
  try {
    const answer = await route.handler(context);
    // The token ended meanwhile: whatever was read for it is not for whoever holds it now.
    if (signal.reason instanceof MatrixError) throw signal.reason;
    return answer;
  } finally {
    leave?.();
  }
}

async function bodyOf(front: FrontDeps, route: CompiledEndpoint, request: IncomingMessage): Promise<unknown> {
  if (route.body === undefined) return undefined;
  const { schema, numbers, optional, wrong, maxBytes = 0 } = route.body;
  const bytes = await readBody(request, Math.max(front.bodyBytes, maxBytes));
  const value = optional && bytes.length === 0 ? {} : parseBody(bytes, numbers);
  // Said here once: to a schema of optional members an array is an empty object.
  if (!isJsonObject(value)) throw new MatrixError("M_BAD_JSON", "The body is not a JSON object.");
  return validate(schema, value, wrong === undefined ? inBody : { wrong, missing: wrong });
}

/** @throws MatrixError M_FORBIDDEN naming the rule; the refusal is recorded. */
function authorise(front: FrontDeps, route: CompiledEndpoint, actor: Actor | undefined, params: Readonly<Record<string, unknown>>): void {
  const resource = route.resourceOf(params);
  const decision = front.policy.decide(actor, route.action, resource);
  if (decision.allowed) return;
  front.audit.refused({
    event: route.action,
    actor: actor?.userId ?? "",
    ...(actor === undefined ? {} : { deviceId: actor.deviceId }),
    ...(resource.type === "room" ? { roomId: resource.id } : {}),
    ...(resource.type === "user" ? { target: resource.id } : {}),
    outcome: "refused",
    reason: decision.rule,
  });
  throw new MatrixError("M_FORBIDDEN", `The policy does not allow this (${decision.rule}).`);
}

function refuse(front: FrontDeps, exchange: Exchange, error: unknown): void {
  if (error instanceof ClientGone || exchange.response.destroyed) return;
  if (front.waiting.stopped && !(error instanceof MatrixError)) {
    const body = JSON.stringify({ errcode: "M_UNKNOWN", error: "The server is restarting." });
    reply(front, exchange, { status: 503, body, headers: ["Retry-After", "1"] });
    return;
  }
  reply(front, exchange, front.errors.present(error, exchange.endpoint));
}

function reply(front: FrontDeps, { response, owner }: Exchange, content: Reply): void {
  // A connection that is kept alive would hold up the stop.
  if (front.waiting.stopped) response.shouldKeepAlive = false;
  send(response, content);
  front.unsent.watch(response, owner);
}
