import type { KeyObject } from "node:crypto";
import type { Clock } from "#kernel";
import { Conflict, type Storage } from "#storage";
import type { SecretIds } from "../access-tokens.ts";
import { type Uia, UiaChallenge, type UiaRequest } from "../contract.ts";
import { bindRequest } from "./bind-request.ts";
import { isComplete, isNextStage } from "./follow-flows.ts";
import { readAuth, type SubmittedAuth } from "./read-auth.ts";
import type { UiaSession, UiaSessionStore } from "./uia-session-store.ts";

export interface UiaDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly store: UiaSessionStore;
  readonly sessionIds: SecretIds;
  readonly bindingKey: KeyObject;
  /** Whether these are the name and password of the user who asks. Records the refusal itself. */
  readonly checkPassword: (request: UiaRequest, user: string, password: string) => Promise<boolean>;
  /** Sessions kept at a time. */
  readonly limits?: { readonly perUser: number; readonly anonymous: number };
}

const LIFETIME_MS = 10 * 60_000;
/** Apart, so that a flood of strangers at /register cannot push out the sessions of people who are signed in. */
const LIMITS = { perUser: 20, anonymous: 10_000 };

interface Failure {
  readonly errcode: "M_FORBIDDEN" | "M_UNRECOGNIZED";
  readonly error: string;
}

/** A session as this request knows it: with its id, which the store does not hold. */
interface Progress {
  readonly id: string;
  readonly session: UiaSession;
}

export function createUia(deps: UiaDeps): Uia {
  const { storage, store } = deps;
  const begin = createBegin(deps);

  const completeStage = async (request: UiaRequest, { id, session }: Progress, stage: string): Promise<void> => {
    const completed = [...session.completed, stage];
    if (isComplete(request.flows, completed)) {
      // Durable before the caller acts: of two requests with one session, one acts.
      await storage.commit({ writes: [store.consume(session)] });
      return;
    }
    await storage.commit({ writes: [store.complete(session, completed)] });
    throw challenge(request, { id, session: { ...session, completed } });
  };

  const proceed = async (request: UiaRequest, auth: SubmittedAuth, progress: Progress): Promise<void> => {
    const stage = auth.type;
    const { completed } = progress.session;
    // Only the session, or a stage that is done already: say how far it is (specification, "User-interactive API in the REST API").
    if (stage === undefined || completed.includes(stage)) throw challenge(request, progress);
    if (!isNextStage(request.flows, completed, stage)) {
      throw challenge(request, progress, { errcode: "M_UNRECOGNIZED", error: "This stage is not one that can be completed now." });
    }
    const failure = await attemptStage(deps, request, auth);
    if (failure !== undefined) throw challenge(request, progress, failure);
    await completeStage(request, progress, stage);
  };

  return {
    async require(request) {
      const binding = bindRequest(deps.bindingKey, request);
      const auth = readAuth(request.body);
      if (auth === undefined) throw challenge(request, await begin(request, binding));
      const progress = auth.session === undefined ? await begin(request, binding) : await findProgress(deps, auth.session, binding);
      // One answer for guessed, used up, expired and foreign sessions: it does not tell which ids exist.
      if (progress === undefined) throw challenge(request, await begin(request, binding), endedSession);
      try {
        await proceed(request, auth, progress);
      } catch (error) {
        throw error instanceof Conflict ? challenge(request, await begin(request, binding), endedSession) : error;
      }
    },
  };
}

const endedSession: Failure = {
  errcode: "M_FORBIDDEN",
  error: "This authentication session is unknown, has ended, or was begun for another request.",
};

async function findProgress({ store, sessionIds, clock }: UiaDeps, id: string, binding: string): Promise<Progress | undefined> {
  const sessionHash = sessionIds.hashOf(id);
  const session = sessionHash === undefined ? undefined : await store.find(sessionHash, clock.now());
  return session === undefined || session.binding !== binding ? undefined : { id, session };
}

function createBegin({ storage, clock, store, sessionIds, limits = LIMITS }: UiaDeps) {
  let begun = 0;
  return async (request: UiaRequest, binding: string): Promise<Progress> => {
    const id = sessionIds.make();
    const sessionHash = sessionIds.hashOf(id);
    if (sessionHash === undefined) throw new TypeError("a session id is made in another form than it is read in");
    const owner = request.userId ?? "";
    const session: UiaSession = { sessionHash, owner, binding, completed: [] };
    const now = clock.now();
    begun += 1;
    // Walking over ten thousand strangers' sessions is not done for each new one.
    const isTrimDue = owner !== "" || begun % Math.ceil(limits.anonymous / 100) === 0;
    const trim = isTrimDue ? [store.deleteOldest(owner, owner === "" ? limits.anonymous : limits.perUser)] : [];
    await storage.commit({ writes: [store.deleteExpired(now), store.insert(session, now, now + LIFETIME_MS), ...trim] });
    return { id, session };
  };
}

async function attemptStage(deps: UiaDeps, request: UiaRequest, auth: SubmittedAuth): Promise<Failure | undefined> {
  switch (auth.type) {
    case "m.login.dummy":
      return undefined;
    case "m.login.password": {
      const { user, password } = auth;
      request.admitTry();
      const isRight = user !== undefined && password !== undefined && (await deps.checkPassword(request, user, password));
      return isRight ? undefined : { errcode: "M_FORBIDDEN", error: "The user name or the password is wrong." };
    }
    default:
      return { errcode: "M_UNRECOGNIZED", error: "This server does not know this stage." };
  }
}

function challenge(request: UiaRequest, { id, session }: Progress, failure?: Failure): UiaChallenge {
  return new UiaChallenge({
    ...failure,
    ...(session.completed.length === 0 ? {} : { completed: session.completed }),
    flows: request.flows.map((stages) => ({ stages })),
    params: {},
    session: id,
  });
}
