// One real server process for all tests of a file, and people who use it.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { createHttpClient, type HttpClient, type ServerProcess, type Session, startServer } from "@wardroom/testkit";
import { openDataFolder, reachServer } from "@wardroom/server";
import { createAnswerValidator } from "./answer-validator.test-support.ts";

export interface RunningServer {
  process(): ServerProcess;
  http(): HttpClient;
  /** The person of this name, registered at the first call: one for the whole file. */
  person(name: string): Promise<Session>;
  people(...names: string[]): Promise<Session[]>;
  /** The two whom most tests are about. */
  readonly pair: () => Promise<[Session, Session]>;
  /** Two whom no other test knows. */
  readonly twoStrangers: () => Promise<[Session, Session]>;
  /** Somebody whom no other test knows. */
  stranger(): Promise<Session>;
  /** The administrator of this name, made by the operator at the first call: one for the whole file. */
  administrator(name?: string): Promise<Session>;
}

/** Starts the server before the file's tests, prepares what they share, and ends it after them. */
export function useServer(prepare?: () => Promise<void>, environment: Readonly<Record<string, string>> = {}): RunningServer {
  let server: ServerProcess | undefined;
  let client: HttpClient | undefined;
  const known = new Map<string, Promise<Session>>();
  let strangers = 0;
  before(async () => {
    server = await startServer({ environment });
    client = createHttpClient(server.url, createAnswerValidator());
    await prepare?.();
  });
  after(() => server?.dispose());
  const running = (): ServerProcess => {
    assert.ok(server, "the server has not been started");
    return server;
  };
  const http = (): HttpClient => {
    assert.ok(client, "the server has not been started");
    return client;
  };
  const person = (name: string): Promise<Session> => {
    const session = known.get(name) ?? http().register(name);
    known.set(name, session);
    return session;
  };
  const makeAdministrator = async (name: string): Promise<Session> => {
    const password = `a long pass phrase of ${name}`;
    const operator = await reachServer(openDataFolder(running().dataFolder).controlSocket);
    assert.ok(operator, "the server does not answer the operator");
    await operator.createUser({ name, password, admin: true });
    return http().login(name, password);
  };
  const administrators = new Map<string, Promise<Session>>();
  const administrator = (name = "officer"): Promise<Session> => {
    const session = administrators.get(name) ?? makeAdministrator(name);
    administrators.set(name, session);
    return session;
  };
  const stranger = (): Promise<Session> => http().register(`stranger${(strangers += 1)}`);
  return {
    process: running,
    http,
    person,
    pair: async () => [await person("alice"), await person("bob")],
    people: (...names) => Promise.all(names.map(person)),
    twoStrangers: async () => [await stranger(), await stranger()],
    stranger,
    administrator,
  };
}
