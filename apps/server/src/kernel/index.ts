export { type Clock, systemClock } from "./clock.ts";
export { type Counter, createCounter } from "./counter.ts";
export { createDurably, flushFolder, renameDurably, writeDraft } from "./durable-file.ts";
export { dropOldest } from "./drop-oldest.ts";
export { type ErrorDetails, MatrixError } from "./errors.ts";
export { createLanes, type Lanes } from "./lanes.ts";
export { type Logger, silentLogger } from "./logger.ts";
export type { Actor, AuditRecord, AuditSink } from "./ports.ts";
export { createSystemRandom, type Random, randomLetters, randomToken } from "./random.ts";
export { createRateLimiter, type RateLimit, type RateLimiter } from "./rate-limiter.ts";
export { RawJson } from "./raw-json.ts";
export { nextTurn, systemTimers, type Timers } from "./timers.ts";
export { isPublicAddress } from "./outbound-address.ts";
export {
  createOutboundHttp,
  type OutboundAnswer,
  type OutboundHttp,
  type OutboundOptions,
  OutboundRefused,
  type Resolve,
} from "./outbound-http.ts";
