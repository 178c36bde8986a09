import { createConnection } from "./connection.ts";
import { type Json, listAt, parseJson, textAt, valueAt } from "./json-reading.ts";
import { buildRequest, type RequestParts } from "./request-bytes.ts";
import type { Target } from "./target.ts";

export type Answer = { status: number; json: Json | undefined };

/** A server's refusal of a set-up step or of a send; the message holds method, path without query, status and error code only. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

export type Api = {
  /** Any answer, whatever its status. Throws when there is none. */
  ask: (parts: RequestParts) => Promise<Answer>;
  /** The JSON of a 200. Throws RefusedError otherwise. */
  request: (parts: RequestParts) => Promise<Json | undefined>;
  close: () => void;
};

export function describeRefusal(what: string, { status, json }: Answer): string {
  const hint = status === 429 ? "; lift the server's rate limits for the measurement" : "";
  return `${what}: ${status} ${textAt(json, "errcode") ?? ""}${hint}`;
}

/** One connection for steps that nobody measures, one after the other. */
export function openApi(target: Target, timeoutMs = 60_000): Api {
  let settle: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  const connection = createConnection(
    target,
    {
      onResponse: (status, body) => settle?.resolve({ status, json: parseJson(body) }),
      onFailure: (error) => settle?.reject(error),
    },
    { timeoutMs, mayResend: false },
  );
  const ask = async (parts: RequestParts): Promise<Answer> => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    settle = { resolve, reject };
    connection.send(buildRequest(target, parts));
    return await promise;
  };
  const request = async (parts: RequestParts): Promise<Json | undefined> => {
    const answer = await ask(parts);
    if (answer.status !== 200) throw new RefusedError(describeRefusal(`${parts.method} ${parts.path.split("?", 1)[0]}`, answer));
    return answer.json;
  };
  return { ask, request, close: connection.close };
}

/** Runs steps on a fresh connection and closes it, whatever happens. */
export async function withApi<T>(target: Target, steps: (api: Api) => Promise<T>): Promise<T> {
  const api = openApi(target);
  try {
    return await steps(api);
  } finally {
    api.close();
  }
}

export function needText(json: Json | undefined, key: string): string {
  const text = textAt(json, key);
  if (text === undefined) throw new RefusedError(`the answer holds no ${key}`);
  return text;
}

const CLIENT = "/_matrix/client/v3";

const DUMMY = "m.login.dummy";
const TOKEN = "m.login.registration_token";

function chooseStages(json: Json | undefined, hasToken: boolean): string[] {
  const flows = listAt(json, "flows").map((flow) => listAt(flow, "stages"));
  const passable = flows.find((stages) => stages.every((stage) => stage === DUMMY || (stage === TOKEN && hasToken)));
  if (passable === undefined)
    throw new RefusedError("registration: no flow of m.login.dummy; give --accounts or --registration-token-file");
  return passable.map(String);
}

/** Registers an account and gives its access token. A registration token is used where the server asks for one. */
export async function register(api: Api, username: string, password: string | undefined, registrationToken?: string): Promise<string> {
  const post = (auth?: Record<string, string>): Promise<Answer> =>
    api.ask({
      method: "POST",
      path: `${CLIENT}/register`,
      // JSON leaves out what is undefined.
      body: JSON.stringify({ username, password, inhibit_login: false, ...(auth === undefined ? {} : { auth }) }),
    });
  let answer = await post();
  if (answer.status === 401) {
    const session = needText(answer.json, "session");
    for (const type of chooseStages(answer.json, registrationToken !== undefined))
      answer = await post({ type, session, ...(type === TOKEN ? { token: registrationToken ?? "" } : {}) });
  }
  if (answer.status !== 200) throw new RefusedError(`${describeRefusal("registration", answer)}; --accounts uses given ones`);
  return needText(answer.json, "access_token");
}

export async function logIn(api: Api, user: string, password: string): Promise<string> {
  const body = JSON.stringify({ type: "m.login.password", identifier: { type: "m.id.user", user }, password });
  return needText(await api.request({ method: "POST", path: `${CLIENT}/login`, body }), "access_token");
}

/** A fresh room, made by the first and joined by all others. */
export async function createRoom(api: Api, tokens: readonly string[]): Promise<string> {
  const [creator, ...others] = tokens;
  const body = JSON.stringify({ preset: "public_chat", name: "bench" });
  const roomId = needText(await api.request({ method: "POST", path: `${CLIENT}/createRoom`, token: creator, body }), "room_id");
  for (const token of others) await joinRoom(api, roomId, token);
  return roomId;
}

export async function joinRoom(api: Api, roomId: string, token: string): Promise<void> {
  await api.request({ method: "POST", path: `${CLIENT}/rooms/${encodeURIComponent(roomId)}/join`, token, body: "{}" });
}

export type Page = { events: Json[]; end: string | undefined };

/** One page of history, newest first. */
export async function getMessages(api: Api, roomId: string, token: string, from?: string): Promise<Page> {
  const query = new URLSearchParams({ dir: "b", limit: "1000", ...(from === undefined ? {} : { from }) });
  const json = await api.request({
    method: "GET",
    path: `${CLIENT}/rooms/${encodeURIComponent(roomId)}/messages?${query.toString()}`,
    token,
  });
  return { events: listAt(json, "chunk"), end: textAt(json, "end") };
}

/** `since` undefined asks for an initial sync, which answers at once. */
export function syncPath(since: string | undefined): string {
  const filter = JSON.stringify({ room: { timeline: { limit: TIMELINE_LIMIT }, state: { lazy_load_members: true } } });
  const query = new URLSearchParams({ filter, set_presence: "offline", timeout: since === undefined ? "0" : String(LONG_POLL_MS) });
  if (since !== undefined) query.set("since", since);
  return `${CLIENT}/sync?${query.toString()}`;
}

/** The largest that Synapse grants by default: a syncer further behind gets a gap, which ends the run. */
export const TIMELINE_LIMIT = 100;
export const LONG_POLL_MS = 30_000;

export type SyncAnswer = { nextBatch: string; events: Json[]; isLimited: boolean };

export function readSync(json: Json | undefined, roomId: string): SyncAnswer {
  const timeline = valueAt(json, "rooms", "join", roomId, "timeline");
  return { nextBatch: needText(json, "next_batch"), events: listAt(timeline, "events"), isLimited: valueAt(timeline, "limited") === true };
}
