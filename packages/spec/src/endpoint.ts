import type * as v from "valibot";
import type { AuditCode } from "./audit-events.ts";
import type { ErrorCode } from "./error-codes.ts";

/** A statement that something is deliberately absent, and why. Shown in `docs/endpoints.md`. */
export interface None {
  readonly none: string;
}
export const none = (reason: string): None => ({ none: reason });

/** Classes of the rate limiter; their figures are the server's. */
export type LimitClass = "login" | "register" | "uia" | "send" | "write" | "create-room" | "ephemeral" | "read" | "sync";

/** How the caller proves who it is. `token+uia`: the token and a stage of user-interactive authentication. */
type Auth = "token" | "token+uia" | None;

/** Who may do it before any finer policy is written. */
export type Who = "anyone" | "account" | "admin";

/** `resource` is "server", or the path parameter that names what is acted upon. */
interface PolicyStatement {
  readonly action: string;
  readonly who: Who;
  readonly resource: "server" | "roomId" | "roomIdOrAlias" | "userId";
}

type ObjectSchema = v.GenericSchema<Readonly<Record<string, unknown>>, object>;

/**
 * What the request carries. `integers`: the text is or holds event content, so every number must be a plain integer
 * (canonical JSON); `floats`: other JSON. `optional`: an empty body means `{}`.
 */
export interface Body<S extends v.GenericSchema = v.GenericSchema> {
  readonly schema: S;
  readonly numbers: "integers" | "floats";
  readonly optional: boolean;
  /** The code for a member that is missing or wrong where it is not M_BAD_JSON. */
  readonly wrong?: ErrorCode;
  /** How large the text may be where real clients need more than the server allows otherwise. */
  readonly maxBytes?: number;
}

/** What the request carries is a file: its bytes come to the handler as they arrive, after every guard. `what` names it for the reader. */
export interface BytesBody {
  readonly bytes: string;
}
export const bytes = (what: string): BytesBody => ({ bytes: what });

/** The handler answers with JSON text that is already written; `shape` names it for the reader. */
export interface RawAnswer {
  readonly raw: string;
}
export const raw = (shape: string): RawAnswer => ({ raw: shape });

/** The handler answers with a file; which bytes of it are sent is the front's matter (ranges, HEAD, `If-None-Match`). */
export interface FileAnswer {
  readonly file: string;
}
export const file = (what: string): FileAnswer => ({ file: what });

/** One endpoint, stated whole (docs/ARCHITECTURE.md). The server refuses to start if a statement is missing. */
export interface EndpointDeclaration {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Template: whole segments in braces are parameters, never empty. The last may be `{+name}`: all that is left of the path, as it was sent. */
  readonly path: string;
  /** Other templates of the same endpoint; parameters missing there are undefined. */
  readonly aliases?: readonly string[];
  /** Anchor in the Client-Server API v1.19, or a full address, or a place in a page of `docs`. */
  readonly spec: string;
  /** The server module that does the work. */
  readonly module: string;
  readonly params: ObjectSchema;
  readonly query: ObjectSchema;
  readonly body: Body | BytesBody | None;
  readonly response: v.GenericSchema | RawAnswer | FileAnswer;
  readonly auth: Auth;
  readonly policy: PolicyStatement;
  /** Code of the audit record that the act leaves. */
  readonly audit: AuditCode | None;
  readonly limit: LimitClass | None;
  /** Codes beside `commonErrors`. */
  readonly errors: readonly ErrorCode[];
  /** True if the answer may be held back; such requests end when the client goes or the server stops. */
  readonly waits?: boolean;
  /** True if much may be read for the answer: an account has few of these in progress at once. */
  readonly heavy?: boolean;
}

/** Keeps the literal types of a declaration. */
export function endpoint<const D extends EndpointDeclaration>(declaration: D): D {
  return declaration;
}

export function json<S extends v.GenericSchema>(
  schema: S,
  { optional = false, maxBytes }: { readonly optional?: boolean; readonly maxBytes?: number } = {},
): Body<S> {
  return { schema, numbers: "floats", optional, ...(maxBytes === undefined ? {} : { maxBytes }) };
}

export function eventJson<S extends v.GenericSchema>(schema: S): Body<S> {
  return { schema, numbers: "integers", optional: false };
}

export const isNone = (value: unknown): value is None => typeof value === "object" && value !== null && "none" in value;

export const isBytes = (body: EndpointDeclaration["body"]): body is BytesBody => "bytes" in body;
export const isFile = (response: EndpointDeclaration["response"]): response is FileAnswer => "file" in response;

type OutputOf<S> = S extends v.GenericSchema ? v.InferOutput<S> : never;
export type ParamsOf<D extends EndpointDeclaration> = OutputOf<D["params"]>;
export type QueryOf<D extends EndpointDeclaration> = OutputOf<D["query"]>;
/** `Incoming` is the caller's type of bytes that arrive. */
export type BodyOf<D extends EndpointDeclaration, Incoming = never> =
  D["body"] extends Body<infer S> ? OutputOf<S> : D["body"] extends BytesBody ? Incoming : undefined;
/** `Text` is the caller's type of already written JSON, `File` that of a file. */
export type AnswerOf<D extends EndpointDeclaration, Text, File> = D["response"] extends RawAnswer
  ? Text
  : D["response"] extends FileAnswer
    ? File
    : OutputOf<D["response"]>;
