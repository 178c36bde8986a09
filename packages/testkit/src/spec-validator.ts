import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { childOf, entriesOf, type Node, type Operation, readSpecDocuments, type SpecDocuments } from "./spec-documents.ts";

interface ObservedAnswer {
  readonly method: string;
  /** Path of the request, escaped as it was sent, without the query. */
  readonly path: string;
  readonly status: number;
  /** The parsed body; undefined if it was not JSON. */
  readonly body: unknown;
}

export interface SpecValidator {
  /** False when there was no specification at hand: then only the error format is checked. */
  readonly complete: boolean;
  readonly operations: number;
  /** @throws SpecViolation */
  check(answer: ObservedAnswer): void;
  /** Compiles every schema, so that a test can see that none is passed over. `broken` names the schemas that refer to files which are not there. */
  compileAll(): { readonly compiled: number; readonly broken: readonly string[] };
}

/** An answer that the specification does not allow. */
export class SpecViolation extends Error {
  override readonly name = "SpecViolation";
}

/** Addresses outside the specification that tests may call. Everything else that answers 2xx must be described. */
const undescribedPaths: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /^\/_wardroom\//, reason: "the server's own, no part of Matrix" },
];

/** Errors in the specification's own data, mended before use. */
const mends: readonly { readonly template: string; readonly reason: string; mend(schema: Node): Node }[] = [
  {
    template: "/_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}",
    reason: "`oneOf` of any object and a state event: a whole event (format=event) is both, so that it could never pass",
    mend: (schema) => ({ anyOf: childOf(schema, "oneOf") ?? [schema] }),
  },
  {
    template: "/_matrix/client/v3/thirdparty/protocols",
    reason: "the schema goes on in the data of the Application Service API, which is not read here",
    mend: () => ({
      type: "object",
      additionalProperties: { type: "object", required: ["user_fields", "location_fields", "icon", "field_types", "instances"] },
    }),
  },
  {
    template: "/_matrix/client/v3/rooms/{roomId}/joined_members",
    reason: "servers answer null for no display name, and there are clients that want the key",
    mend: () => ({
      type: "object",
      properties: {
        joined: {
          type: "object",
          additionalProperties: {
            type: "object",
            properties: { display_name: { type: ["string", "null"] }, avatar_url: { type: "string" } },
            additionalProperties: false,
          },
        },
      },
    }),
  },
  {
    template: "/_matrix/client/v3/voip/turnServer",
    reason: "no answer is described for a server without a relay; every server answers {}, and clients count on it",
    mend: (schema) => ({ anyOf: [{ type: "object", maxProperties: 0 }, schema] }),
  },
];

/** Endpoints that use user-interactive authentication by their text, while the data describes no 401 of theirs. */
const challenging: ReadonlySet<string> = new Set(["/_matrix/client/v3/keys/device_signing/upload"]);

/**
 * Checks answers against the specification's OpenAPI data.
 * @param folder the folder with `data/api/client-server`; undefined: only the standard error format is checked
 */
export function createSpecValidator(folder: string | undefined): SpecValidator {
  const documents = folder === undefined ? undefined : readSpecDocuments(folder);
  const compile = documents === undefined ? () => undefined : createCompiler(documents);
  return {
    complete: documents !== undefined,
    operations: documents?.operations.length ?? 0,
    check(answer) {
      const operations = documents === undefined ? undefined : documents.operations.filter(matcher(answer));
      if (answer.status >= 400) checkError(answer, operations, compile);
      else if (operations !== undefined) checkSuccess(answer, operations, compile);
    },
    compileAll() {
      let compiled = 0;
      const broken: string[] = [];
      for (const operation of documents?.operations ?? []) {
        for (const status of operation.responses.keys()) {
          try {
            if (compile(operation, status) !== undefined) compiled += 1;
          } catch (error) {
            broken.push(`${operation.template} ${status}: ${error instanceof Error ? error.message : "?"}`);
          }
        }
      }
      return { compiled, broken };
    },
  };
}

type Compile = (operation: Operation, status: string) => ValidateFunction | undefined;

function createCompiler(documents: SpecDocuments): Compile {
  // Formats are mx-user-id and the like, which the schemas repeat as patterns; OpenAPI's own words are no vocabulary of Ajv's.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, allErrors: true, logger: false });
  for (const [url, file] of documents.files) if (typeof file === "object" && file !== null) ajv.addSchema(file, url);
  const compiled = new Map<string, ValidateFunction | undefined>();
  return (operation, status) => {
    const key = `${operation.pointer}/${status}`;
    if (!compiled.has(key)) {
      const schema = schemaOf(operation, status);
      compiled.set(key, typeof schema === "object" && schema !== null ? ajv.compile(schema) : undefined);
    }
    return compiled.get(key);
  };
}

function schemaOf(operation: Operation, status: string): Node {
  const schema = childOf(childOf(childOf(operation.responses.get(status), "content"), "application/json"), "schema");
  const mend = status === "200" ? mends.find(({ template }) => template === operation.template) : undefined;
  return mend === undefined || schema === undefined ? schema : mend.mend(schema);
}

function matcher(answer: ObservedAnswer): (operation: Operation) => boolean {
  const segments = answer.path.split("/").slice(1);
  return ({ method, segments: template }) => method === answer.method && (fits(template, segments) || fits(template, [...segments, ""]));
}

/** One empty last segment may be left out: the state key, and the slash after `pushrules`. */
function fits(template: readonly string[], segments: readonly string[]): boolean {
  return template.length === segments.length && template.every((part, index) => part.startsWith("{") || part === segments[index]);
}

function checkSuccess(answer: ObservedAnswer, operations: readonly Operation[], compile: Compile): void {
  if (operations.length === 0) {
    if (undescribedPaths.some(({ pattern }) => pattern.test(answer.path))) return;
    throw violation(answer, "the specification describes no such endpoint");
  }
  // Two templates can fit one address (a literal beside a parameter) and GET events is described twice: one must allow the answer.
  const failures: string[] = [];
  for (const operation of mostLiteral(operations)) {
    if (isPartOfFile(answer, operation)) return;
    if (!operation.responses.has(String(answer.status))) {
      failures.push(`${operation.template} describes no status ${answer.status}`);
      continue;
    }
    const validate = compile(operation, String(answer.status));
    if (validate === undefined || validate(answer.body)) return;
    failures.push(`${operation.template}: ${describe(validate)}`);
  }
  throw violation(answer, failures.join("; "));
}

/** A part of a described file, or that the client has it already: HTTP's own statuses, which the specification need not repeat (RFC 9110). */
function isPartOfFile({ status }: ObservedAnswer, { responses }: Operation): boolean {
  if (status !== 206 && status !== 304) return false;
  const content = childOf(responses.get("200"), "content");
  return entriesOf(content).length > 0 && childOf(content, "application/json") === undefined;
}

function mostLiteral(operations: readonly Operation[]): readonly Operation[] {
  const literals = ({ segments }: Operation) => segments.filter((part) => !part.startsWith("{")).length;
  const most = Math.max(...operations.map(literals));
  return operations.filter((operation) => literals(operation) === most);
}

/**
 * An error is right if it has the standard form, or else the form described for its status (the flows of a 401 that
 * asks for further authentication). The standard form is always allowed: the same 401 also says "missing token".
 */
function checkError(answer: ObservedAnswer, operations: readonly Operation[] | undefined, compile: Compile): void {
  if (isStandardError(answer.body)) return;
  const isChallenge = answer.status === 401 && Array.isArray(childOf(answer.body, "flows"));
  if (isChallenge && (operations === undefined || operations.some(({ template }) => challenging.has(template)))) return;
  for (const operation of operations ?? []) {
    const validate = compile(operation, String(answer.status));
    if (answer.status === 401 && validate?.(answer.body) === true) return;
  }
  throw violation(answer, "an error needs the strings `errcode` and `error`");
}

function isStandardError(body: unknown): boolean {
  const fields = new Map(entriesOf(body));
  const code = fields.get("errcode");
  return typeof code === "string" && /^[A-Z][A-Z0-9_.]+$/.test(code) && typeof fields.get("error") === "string";
}

function describe(validate: ValidateFunction): string {
  return (validate.errors ?? [])
    .map(({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`)
    .join("; ");
}

function violation(answer: ObservedAnswer, why: string): SpecViolation {
  const body = JSON.stringify(answer.body) ?? "not JSON";
  return new SpecViolation(
    `${answer.method} ${answer.path} → ${answer.status}: ${why}. Body: ${body.length > 1500 ? `${body.slice(0, 1500)}…` : body}`,
  );
}
