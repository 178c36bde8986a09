import type { IncomingMessage, ServerResponse } from "node:http";
import { type Actor, MatrixError, RawJson } from "#kernel";
import type { ArrivingBody, createArrivals } from "./arriving-body.ts";
import { authenticate } from "./authenticate.ts";
import type { AddressReader } from "./client-address.ts";
import type { CompiledEndpoint } from "./compile-endpoints.ts";
import type { HttpDeps } from "./http-deps.ts";
import { ClientGone, StatusError } from "./errors.ts";
import type { HeavyReads } from "./heavy-reads.ts";
import type { Limits } from "./limits.ts";
import { parseQuery, type Query } from "./parse-query.ts";
import type { ErrorPresenter } from "./present-error.ts";
import { bodyOf } from "./request-body.ts";
import { type Reply, send, sendPreflight } from "./reply.ts";
import { type FileReply, sendFile } from "./send-file.ts";
import { type Asked, recordDenial, recordRefusal } from "./record-refusal.ts";
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
  readonly arrivals: ReturnType<typeof createArrivals>;
  readonly unsent: UnsentAnswers;
  readonly heavyReads: HeavyReads;
  readonly bodyBytes: number;
  /** How often sessions have ended since the start. */
  readonly sessionsEnded: () => number;
}

/** One request, and what becomes known of it on its way. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Undefined for a request without a body. */
  readonly arrival: ArrivingBody | undefined;
  /** Name of the declaration. */
  endpoint: string;
  /** Against whom it counts: the account, or the address where nobody is signed in. */
  owner: string;
  signal: AbortSignal;
  /** For the record, should it be refused. Undefined before the path is known. */
  asked: Asked | undefined;
}

type Route = Extract<Found<CompiledEndpoint>, { readonly kind: "route" }>;

const inPath = { wrong: "M_INVALID_PARAM", missing: "M_INVALID_PARAM" } as const;
const inQuery = { wrong: "M_INVALID_PARAM", missing: "M_MISSING_PARAM" } as const;
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
  const exchange: Exchange = {
    request,
    response,
    arrival: front.arrivals(request, response),
    endpoint: "unknown",
    owner: "",
    signal: never,
    asked: undefined,
  };
  try {
    const url = request.url ?? "/";
    const mark = url.indexOf("?");
    const found = findRoute(front, request.method ?? "", mark === -1 ? url : url.slice(0, mark));
    exchange.endpoint = found.route.name;
    const answer = await runGuards(front, found, mark === -1 ? "" : url.slice(mark + 1), exchange);
    if (found.route.answersFile) await replyWithFile(front, exchange, answer);
    else reply(front, exchange, { status: 200, body: answer instanceof RawJson ? answer.text : JSON.stringify(answer) });
  } catch (error) {
    if (exchange.asked !== undefined) recordRefusal(front.audit, exchange.asked, error);
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
  exchange.asked = { route, address };
  front.limits.address(address);
  let parsed: Query | undefined;
  const query = () => (parsed ??= parseQuery(search));
  const endedBefore = front.sessionsEnded();
  const actor = route.needsToken ? await authenticate(front, request, address, query) : undefined;
  // At once, so that no end of the token falls between.
  const signal = route.waits ? front.waiting.watch(response, actor) : never;
  exchange.signal = signal;
  const owner = actor?.userId ?? address;
  exchange.owner = owner;
  exchange.asked = { route, address, actor };
  if (limit !== undefined) front.limits.take(limit, owner, actor?.deviceId);
  // Who reads nothing may still write: sign out, above all.
  if (declaration.method === "GET") front.unsent.admit(owner);

  const raw: Record<string, string> = {};
  for (const [index, name] of names.entries()) raw[name] = values[index] ?? "";
  // Proven by the type of a declaration: `params` is an object schema.
  const params = validate(declaration.params, raw, inPath) as Readonly<Record<string, unknown>>;
  const queryValue = validate(declaration.query, query(), inQuery);
  const body = await bodyOf(route, exchange, front.bodyBytes);
  // A body may take half a minute, and whoever is signed out meanwhile must not act any more: with a stolen token one could hold such
  // requests ready and finish them afterwards.
  if (actor !== undefined && front.sessionsEnded() !== endedBefore) await authenticate(front, request, address, query);

  authorise(front, route, { actor, address }, params);
  const beginHeavyRead = () => front.heavyReads.begin(owner, signal);
  // Proven above: each part came out of the schema of this handler's own declaration.
  const context = { actor, params, query: queryValue, body, address, signal, beginHeavyRead } as never;
  const leave = route.heavy ? await beginHeavyRead() : undefined;
  try {
    exchange.asked = { route, address, actor, resource: route.resourceOf(params), isInside: true };
    const answer = await route.handler(context);
    // The token ended meanwhile: whatever was read for it is not for whoever holds it now.
    if (signal.reason instanceof MatrixError) throw signal.reason;
    return answer;
  } finally {
    leave?.();
  }
}

interface Caller {
  readonly actor: Actor | undefined;
  readonly address: string;
}

/** @throws MatrixError M_FORBIDDEN naming the rule; the refusal is recorded. */
function authorise(front: FrontDeps, route: CompiledEndpoint, { actor, address }: Caller, params: Readonly<Record<string, unknown>>): void {
  const resource = route.resourceOf(params);
  const decision = front.policy.decide(actor, route.action, resource);
  if (decision.allowed) return;
  recordDenial(front.audit, { route, actor, address, resource }, decision.rule);
  throw new MatrixError("M_FORBIDDEN", `The policy does not allow this (${decision.rule}).`);
}

function refuse(front: FrontDeps, exchange: Exchange, error: unknown): void {
  if (error instanceof ClientGone) return;
  if (exchange.response.headersSent || exchange.response.destroyed) {
    // It is too late to tell the client; what was not expected is told to the operator.
    if (!(error instanceof MatrixError)) front.errors.present(error, exchange.endpoint);
    return;
  }
  const rest = exchange.arrival?.dismiss();
  if (front.waiting.stopped && !(error instanceof MatrixError)) {
    const body = JSON.stringify({ errcode: "M_UNKNOWN", error: "The server is restarting." });
    reply(front, exchange, { status: 503, body, headers: ["Retry-After", "1"] }, rest);
    return;
  }
  reply(front, exchange, front.errors.present(error, exchange.endpoint), rest);
}

function reply(front: FrontDeps, { response, owner }: Exchange, content: Reply, rest?: Promise<void>): void {
  // A connection that is kept alive would hold up the stop.
  if (front.waiting.stopped) response.shouldKeepAlive = false;
  send(response, content, rest);
  front.unsent.watch(response, owner);
}

/** @param answer of a handler whose declaration says that it is a file */
async function replyWithFile(front: FrontDeps, { request, response, owner, signal }: Exchange, answer: unknown): Promise<void> {
  if (front.waiting.stopped) response.shouldKeepAlive = false;
  const admit = (bytes: number) => front.unsent.beginStream(response, owner, bytes);
  // Proven by the type of handlers: the answer to a declaration with `file` is a FileReply.
  await sendFile({ request, response, signal, admit }, answer as FileReply);
}
