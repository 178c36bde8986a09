import { lookup } from "node:dns/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "./outbound-address.ts";
import { createResolve, type Resolve } from "./resolve-name.ts";

export interface OutboundAnswer {
  readonly status: number;
  /** Undefined if it was longer than is read. */
  readonly body: string | undefined;
}

/** HTTP to addresses that somebody else chose (server-side request forgery: to have this server call what only it can reach). */
export interface OutboundHttp {
  /** Why nothing would be sent there, as far as the address itself tells; undefined if something would. */
  check(url: URL): string | undefined;
  /** @throws OutboundRefused before anything is sent, or the network's own error */
  post(url: URL, json: string, signal?: AbortSignal): Promise<OutboundAnswer>;
}

/** Nothing was sent. The message names no address: it may have come from a name that only this network knows. */
export class OutboundRefused extends Error {
  override readonly name = "OutboundRefused";
}

export interface OutboundOptions {
  /** If given, nothing else is called: origins such as `https://push.example.org`. What is named here may be anywhere. */
  readonly allowed?: readonly string[];
  readonly resolve?: Resolve;
  /** Milliseconds, from the first packet to the last byte of the answer. */
  readonly timeout?: number;
}

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 64 * 1024;

/** As the system does, its file of hosts included: for names that the operator chose. */
const resolveBySystem: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

export function createOutboundHttp({ allowed, resolve: given, timeout = TIMEOUT_MS }: OutboundOptions = {}): OutboundHttp {
  const origins = allowed === undefined || allowed.length === 0 ? undefined : new Set(allowed.map((origin) => new URL(origin).origin));
  const resolve = given ?? (origins === undefined ? createResolve() : resolveBySystem);
  const check = (url: URL): string | undefined => {
    if (url.username !== "" || url.password !== "") return "it holds a name or a password";
    if (origins !== undefined) return origins.has(url.origin) ? undefined : "this server does not call it";
    if (url.protocol !== "https:") return "it is not https";
    const host = hostOf(url);
    return (isIP(host) !== 0 && !isPublicAddress(host)) || host === "localhost" || host.endsWith(".localhost")
      ? "it is not public"
      : undefined;
  };
  return {
    check,
    async post(url, json, stop) {
      const reason = check(url);
      if (reason !== undefined) throw new OutboundRefused(reason);
      const limit = AbortSignal.timeout(timeout);
      const signal = stop === undefined ? limit : AbortSignal.any([limit, stop]);
      const addresses = await aborted(
        signal,
        addressesFor(url, (host) => resolve(host, signal), origins !== undefined),
      );
      return postTo(url, addresses, json, signal);
    },
  };
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

/** Asked once: the connection goes to addresses that were judged, whatever the name says a moment later (DNS rebinding). */
async function addressesFor(url: URL, resolve: Resolve, isTrusted: boolean): Promise<readonly [string, ...string[]]> {
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  const [first, ...others] = addresses;
  if (first === undefined) throw new OutboundRefused("its name leads nowhere");
  // One that is not public among several is reason enough: no honest name has both.
  if (!isTrusted && !addresses.every(isPublicAddress)) throw new OutboundRefused("it is not public");
  return [first, ...others];
}

function aborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("no answer in time")), { once: true });
    work.then(resolve, reject);
  });
}

function postTo(url: URL, addresses: readonly [string, ...string[]], json: string, signal: AbortSignal): Promise<OutboundAnswer> {
  const found = addresses.map((address) => ({ address, family: isIP(address) === 6 ? 6 : 4 }));
  // All of them, so that a machine that has only one of both kinds of address finds the one that it can reach.
  const toAddress: LookupFunction = (_host, options, done) => {
    if (options.all === true) done(null, found);
    else done(null, addresses[0], found[0]?.family);
  };
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: "POST",
      lookup: toAddress,
      // A connection of its own: a kept one would have been made to an address that nobody judged for this request.
      agent: false,
      signal,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(json), "user-agent": "Wardroom" },
      maxHeaderSize: 16 * 1024,
    });
    request.on("error", reject);
    // A redirect is an answer like others and is not followed: it could lead anywhere.
    request.on("response", (response) => {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      response.on("error", reject);
      response.on("data", (chunk: Uint8Array) => {
        bytes += chunk.length;
        if (bytes <= MOST_BYTES) chunks.push(chunk);
        else {
          response.destroy();
          resolve({ status: response.statusCode ?? 0, body: undefined });
        }
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    request.end(json);
  });
}
