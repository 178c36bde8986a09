import assert from "node:assert/strict";
import { type Json, textAt } from "./json-value.ts";
import type { SpecValidator } from "./spec-validator.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Undefined when the body was not JSON. */
  readonly json: Json | undefined;
  /** What was asked, for messages of failing tests. */
  readonly asked: string;
}

interface RequestOptions {
  readonly token?: string;
  readonly body?: Json;
  /** Sent as it is, in place of `body`: for what JSON.stringify cannot or should not write. */
  readonly rawBody?: string | Uint8Array;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A signed-in person on one device. */
export interface Session {
  readonly userId: string;
  readonly name: string;
  readonly password: string;
  readonly deviceId: string;
  readonly token: string;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, body?: Json): Promise<Answer>;
  put(path: string, body?: Json): Promise<Answer>;
}

export interface HttpClient {
  readonly url: string;
  /** Paths that do not begin with `/_matrix`, `/_wardroom` or `/.well-known` are taken under `/_matrix/client/v3`. @throws SpecViolation if the answer is not as specified */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  register(name: string): Promise<Session>;
  login(name: string, password: string, deviceId?: string): Promise<Session>;
}

// A server that hangs must fail the test, not the run. Above the longest long poll any test asks for.
const ANSWER_LIMIT_MS = 30_000;

const WHOLE_PATH = /^\/(?:_matrix|_wardroom|\.well-known)/;

/** A client that puts every answer before the validator. */
export function createHttpClient(url: string, validator: SpecValidator): HttpClient {
  const request = async (method: string, path: string, options: RequestOptions = {}): Promise<Answer> => {
    const address = new URL(url + (WHOLE_PATH.test(path) ? path : `/_matrix/client/v3${path}`));
    for (const [name, value] of Object.entries(options.query ?? {})) address.searchParams.set(name, value);
    const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const body = options.rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const response = await fetch(address, {
      method,
      headers: {
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      signal: options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]),
      // A typed array is a body; the type of fetch narrows its buffer more than bytes of a test need.
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Blob([new Uint8Array(body)]) }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    const json = parse(text);
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      bytes,
      json,
      asked: `${method} ${address.pathname}${address.search}`,
    };
    if (method !== "OPTIONS" && method !== "HEAD") validator.check({ method, path: address.pathname, status: response.status, body: json });
    return answer;
  };
  const session = (fields: { userId: string; name: string; password: string; deviceId: string; token: string }): Session => {
    const own = (method: string, path: string, options: RequestOptions = {}) => request(method, path, { token: fields.token, ...options });
    return {
      ...fields,
      request: own,
      get: (path, query) => own("GET", path, query === undefined ? {} : { query }),
      post: (path, body = {}) => own("POST", path, { body }),
      put: (path, body = {}) => own("PUT", path, { body }),
    };
  };
  return {
    url,
    request,
    async register(name) {
      const password = `a long pass phrase of ${name}`;
      const answer = ok(await registerWithDummy(request, { username: name, password, initial_device_display_name: `${name}'s device` }));
      return session({
        userId: textAt(answer, "user_id"),
        deviceId: textAt(answer, "device_id"),
        token: textAt(answer, "access_token"),
        name,
        password,
      });
    },
    async login(name, password, deviceId) {
      const body = {
        type: "m.login.password",
        identifier: { type: "m.id.user", user: name },
        password,
        ...(deviceId === undefined ? {} : { device_id: deviceId }),
      };
      const answer = ok(await request("POST", "/login", { body }));
      return session({
        userId: textAt(answer, "user_id"),
        deviceId: textAt(answer, "device_id"),
        token: textAt(answer, "access_token"),
        name,
        password,
      });
    },
  };
}

/** Both steps of user-interactive authentication, as a client takes them. */
async function registerWithDummy(request: HttpClient["request"], body: { readonly [key: string]: Json }): Promise<Answer> {
  const first = await request("POST", "/register", { body });
  if (first.status !== 401) return first;
  return request("POST", "/register", { body: { ...body, auth: { type: "m.login.dummy", session: textAt(first.json, "session") } } });
}

function parse(text: string): Json | undefined {
  try {
    // JSON.parse gives any; JSON is what it parses.
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The body of a 200. @throws AssertionError for every other status */
export function ok(answer: Answer): Json {
  assert.equal(answer.status, 200, `${answer.asked} → ${answer.status} ${answer.text.slice(0, 500)}`);
  assert.ok(answer.json !== undefined, `${answer.asked}: the body is not JSON`);
  return answer.json;
}

/** @throws AssertionError if the answer is not this refusal */
export function refused(answer: Answer, status: number, code: string | readonly string[]): void {
  const codes = typeof code === "string" ? [code] : code;
  const got = answer.json === undefined ? "not JSON" : textAt(answer.json, "errcode");
  assert.ok(
    answer.status === status && codes.includes(got),
    `${answer.asked}: expected ${status} ${codes.join(" or ")}, got ${answer.status} ${answer.text.slice(0, 300)}`,
  );
}

/** A path with its parameters escaped: route`/rooms/${roomId}/leave`. */
export function route(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((path, part, index) => `${path}${encodeURIComponent(values[index - 1] ?? "")}${part}`);
}
