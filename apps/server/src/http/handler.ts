import type { AnswerOf, BodyOf, EndpointDeclaration, Endpoints, None, ParamsOf, QueryOf } from "@wardroom/spec";
import type { Actor, RawJson } from "#kernel";
import type { HttpDeps } from "./http-deps.ts";
import type { IncomingFile } from "./incoming-file.ts";
import type { Limits } from "./limits.ts";
import type { FileReply } from "./send-file.ts";

/** A request that has passed every guard. */
export interface Context<D extends EndpointDeclaration> {
  /** Who asks; undefined where the endpoint states that nobody signs in. */
  readonly actor: D["auth"] extends None ? undefined : Actor;
  readonly params: ParamsOf<D>;
  readonly query: QueryOf<D>;
  readonly body: BodyOf<D, IncomingFile>;
  /** For limits, and for the audit where nobody is signed in. */
  readonly address: string;
  /** Aborted when the client goes, the server stops or the token ends. Only endpoints that wait, read much or move files have one of their own. */
  readonly signal: AbortSignal;
  /**
   * For endpoints that read much at times only; others state `heavy`. Waits for the account's turn; what it resolves to is
   * called when the reading is over.
   * @throws MatrixError M_LIMIT_EXCEEDED.
   */
  readonly beginHeavyRead: () => Promise<() => void>;
}

/** One request to the modules and the answer from them; no rules of its own. */
type Handler<D extends EndpointDeclaration> = (context: Context<D>) => Answer<D> | Promise<Answer<D>>;
type Answer<D extends EndpointDeclaration> = AnswerOf<D, RawJson, FileReply>;

/** One handler for each declaration. */
export type Handlers = { readonly [Name in keyof Endpoints]: Handler<Endpoints[Name]> };

/** What handlers may use. */
export interface HandlerDeps extends HttpDeps {
  readonly limits: Limits;
}
