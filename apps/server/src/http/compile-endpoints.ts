import { type Body, type BytesBody, type EndpointDeclaration, errorCodes, isBytes, isFile, isNone, type LimitClass } from "@wardroom/spec";
import type { Resource } from "#policy";
import { createRouter, type RouteEntry, type Router } from "./router.ts";

/** A handler as the front calls it: what it is given was validated by the declaration's own schemas. */
export type AnyHandler = (context: never) => unknown;

/** A declaration made ready for requests. */
export interface CompiledEndpoint {
  readonly name: string;
  readonly declaration: EndpointDeclaration;
  readonly handler: AnyHandler;
  readonly needsToken: boolean;
  readonly limit: LimitClass | undefined;
  readonly body: Body | BytesBody | undefined;
  /** The handler answers with a `FileReply`. */
  readonly answersFile: boolean;
  readonly action: string;
  readonly resourceOf: (params: Readonly<Record<string, unknown>>) => Resource;
  /** It has a signal of its own. */
  readonly waits: boolean;
  readonly heavy: boolean;
}

/**
 * The routes of all endpoints.
 * @throws Error naming the endpoint when a statement is missing, two endpoints collide, or declarations and handlers do
 * not match one to one: a server with such a hole does not start.
 */
export function compileEndpoints(
  declarations: Readonly<Record<string, EndpointDeclaration>>,
  handlers: Readonly<Record<string, AnyHandler>>,
): Router<CompiledEndpoint> {
  for (const name of Object.keys(handlers)) {
    if (!Object.hasOwn(declarations, name)) throw new Error(`handler ${name} has no endpoint declaration`);
  }
  const entries: RouteEntry<CompiledEndpoint>[] = [];
  for (const [name, declaration] of Object.entries(declarations)) {
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (handler === undefined) throw new Error(`endpoint ${name} has no handler`);
    checkStatements(name, declaration);
    const route = compile(name, declaration, handler);
    for (const template of [declaration.path, ...(declaration.aliases ?? [])].flatMap(withOldName))
      entries.push({ method: declaration.method, template, route });
  }
  return createRouter(entries);
}

const OLD_NAME = /^(\/_matrix\/(?:client|media)\/)v3\//;

/**
 * What v3 names was named r0 before v1.1, and is the same in all that matters to clients (Client-Server API, "API Versions"). Some that
 * are in use know no other name.
 */
function withOldName(template: string): readonly string[] {
  return OLD_NAME.test(template) ? [template, template.replace(OLD_NAME, "$1r0/")] : [template];
}

const stated = [
  "method",
  "path",
  "spec",
  "module",
  "params",
  "query",
  "body",
  "response",
  "auth",
  "policy",
  "audit",
  "limit",
  "errors",
] as const;

/** The types say the same; this holds for declarations whose types were got round, too. */
function checkStatements(name: string, declaration: EndpointDeclaration): void {
  for (const statement of stated) {
    if (declaration[statement] === undefined || declaration[statement] === "")
      throw new Error(`endpoint ${name} does not state its ${statement}`);
  }
  for (const statement of ["auth", "audit", "limit", "body"] as const) {
    const value = declaration[statement];
    if (isNone(value) && value.none.trim() === "") throw new Error(`endpoint ${name}: none of ${statement}, but no reason`);
  }
  const { action, who, resource } = declaration.policy;
  if (action === "" || who === undefined || resource === undefined) throw new Error(`endpoint ${name} does not state its policy whole`);
  if (isNone(declaration.auth) !== (who === "anyone"))
    throw new Error(`endpoint ${name}: authentication and policy disagree on who may call`);
  if (resource !== "server" && !declaration.path.includes(`{${resource}}`))
    throw new Error(`endpoint ${name}: its path names no ${resource}`);
  for (const code of declaration.errors)
    if (!Object.hasOwn(errorCodes, code)) throw new Error(`endpoint ${name}: ${code} is no error code`);
}

function compile(name: string, declaration: EndpointDeclaration, handler: AnyHandler): CompiledEndpoint {
  const { auth, limit, body, policy, response, waits, heavy } = declaration;
  const answersFile = isFile(response);
  return {
    name,
    declaration,
    handler,
    needsToken: !isNone(auth),
    limit: isNone(limit) ? undefined : limit,
    body: isNone(body) ? undefined : body,
    action: policy.action,
    resourceOf: compileResource(policy.resource),
    answersFile,
    // Files move for as long as the line needs: the token may end meanwhile.
    waits: waits === true || heavy === true || answersFile || isBytes(body),
    heavy: heavy === true,
  };
}

const server: Resource = { type: "server", id: "" };

function compileResource(resource: EndpointDeclaration["policy"]["resource"]): CompiledEndpoint["resourceOf"] {
  if (resource === "server") return () => server;
  const type = resource === "userId" ? "user" : "room";
  return (params) => ({ type, id: String(params[resource]) });
}
