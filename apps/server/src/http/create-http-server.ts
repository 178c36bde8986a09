import type { AddressInfo } from "node:net";
import { type EndpointDeclaration, endpoints } from "@wardroom/spec";
import { createSystemRandom, systemTimers } from "#kernel";
import { answerBrokenRequest } from "./answer-broken-request.ts";
import { createArrivals } from "./arriving-body.ts";
import { createAddressReader } from "./client-address.ts";
import { createHandlers } from "./client/create-handlers.ts";
import { type AnyHandler, compileEndpoints } from "./compile-endpoints.ts";
import type { HttpServer } from "./contract.ts";
import { handleRequest } from "./handle-request.ts";
import { createHeavyReads } from "./heavy-reads.ts";
import type { Bounds, HttpDeps } from "./http-deps.ts";
import { createLimits } from "./limits.ts";
import { close, createListener, listen } from "./listener.ts";
import { createErrorPresenter } from "./present-error.ts";
import { createUnsentAnswers } from "./unsent-answers.ts";
import { createWaitingRequests } from "./waiting-requests.ts";

const defaultBounds: Bounds = {
  bodyBytes: 128 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  leastUploadBytes: 64 * 1024,
  keepAliveTimeout: 65_000,
  checkInterval: 5000,
  drain: 5000,
  connections: 20_000,
  stall: 30_000,
  unsentBytes: 256 * 1024 * 1024,
  unsentBytesPerAccount: 32 * 1024 * 1024,
  heavyReads: 4,
};

/**
 * The front of the house.
 * @throws Error when an endpoint is not stated whole (see `compileEndpoints`).
 */
export function createHttpServer(deps: HttpDeps): HttpServer {
  const { config, log } = deps;
  const bounds = { ...defaultBounds, ...config.bounds };
  const isLimited = config.profile === "standard";
  const limits = createLimits(deps.clock, isLimited);
  const waiting = createWaitingRequests();
  let sessionsEnded = 0;
  deps.identity.onRevoked((userId, isRevoked) => {
    sessionsEnded += 1;
    waiting.revoke(userId, isRevoked);
  });
  const unsent = createUnsentAnswers(bounds);
  const declarations: Readonly<Record<string, EndpointDeclaration>> = endpoints;
  const handlers: Readonly<Record<string, AnyHandler>> = createHandlers({ ...deps, limits });
  const front = {
    identity: deps.identity,
    policy: deps.policy,
    audit: deps.audit,
    router: compileEndpoints(declarations, handlers),
    limits,
    addressOf: createAddressReader(config.trustedProxies),
    errors: createErrorPresenter(log, deps.random ?? createSystemRandom()),
    waiting,
    arrivals: createArrivals(bounds, deps.timers ?? systemTimers),
    unsent,
    heavyReads: createHeavyReads(isLimited ? bounds.heavyReads : Number.POSITIVE_INFINITY, unsent),
    bodyBytes: bounds.bodyBytes,
    sessionsEnded: () => sessionsEnded,
  };
  const { server, reloadCertificate } = createListener(config.tls, bounds);
  server.on("request", (request, response) => void handleRequest(front, request, response));
  server.on("checkContinue", (request, response) => void handleRequest(front, request, response));
  server.on("checkExpectation", (request, response) => void handleRequest(front, request, response));
  server.on("clientError", answerBrokenRequest);
  return {
    listen: () => listen(server, config),
    // Proven: the server listens on a TCP port, never on a pipe.
    port: () => (server.address() as AddressInfo | null)?.port ?? config.port,
    reloadCertificate,
    close: () => close(server, waiting, bounds.drain, deps.timers ?? systemTimers),
  };
}
