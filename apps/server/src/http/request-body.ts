import type { IncomingMessage } from "node:http";
import { isJsonObject } from "@wardroom/matrix-core";
import { isBytes } from "@wardroom/spec";
import { MatrixError } from "#kernel";
import type { ArrivingBody } from "./arriving-body.ts";
import type { CompiledEndpoint } from "./compile-endpoints.ts";
import { incomingFile } from "./incoming-file.ts";
import { parseBody } from "./parse-body.ts";
import { readBody } from "./read-body.ts";
import { validate } from "./validate.ts";

interface Source {
  readonly request: IncomingMessage;
  /** Undefined for a request without a body. */
  readonly arrival: ArrivingBody | undefined;
  readonly signal: AbortSignal;
}

const inBody = { wrong: "M_BAD_JSON", missing: "M_BAD_JSON" } as const;

/** What the handler gets as the body: JSON whole and validated, or a file of which nothing has been read. @throws MatrixError, ClientGone */
export async function bodyOf({ body }: CompiledEndpoint, { request, arrival, signal }: Source, mostBytes: number): Promise<unknown> {
  if (body === undefined) return undefined;
  if (isBytes(body)) return incomingFile(request, arrival, signal);
  arrival?.begin();
  const { schema, numbers, optional, wrong, maxBytes = 0 } = body;
  const bytes = await readBody(request, Math.max(mostBytes, maxBytes));
  const value = optional && bytes.length === 0 ? {} : parseBody(bytes, numbers);
  // Said here once: to a schema of optional members an array is an empty object.
  if (!isJsonObject(value)) throw new MatrixError("M_BAD_JSON", "The body is not a JSON object.");
  return validate(schema, value, wrong === undefined ? inBody : { wrong, missing: wrong });
}
