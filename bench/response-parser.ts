/** A response that breaks RFC 9112, or that this client refuses to read (no length, too large). */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** Called once per final response, in order of arrival; `mayReuse` is false when the server will close. */
type ResponseHandler = (status: number, body: string, mayReuse: boolean) => void;

export type ResponseParser = {
  /** Reads `length` bytes of `data`, which may be overwritten as soon as this returns. Throws ProtocolError. */
  feed(data: Buffer, length: number): void;
  /** False in the middle of a response: the connection must not close there. */
  isBetweenResponses(): boolean;
};

type Head = { status: number; length: number | "chunked"; mayReuse: boolean };

const MAX_HEAD = 16_384;
const MAX_LINE = 1_024;
const MAX_BODY = 64 * 1024 * 1024;
const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d)(?: [^\0\n\r]*)?$/;
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;
// oxlint-disable-next-line no-control-regex -- the characters that would let one field hide another
const FORBIDDEN = /[\0\n\r]/;
const CHUNK_SIZE = /^([\da-fA-F]{1,7})(?:[\t ]*;[^\0\n\r]*)?$/;

function addOnce(seen: Map<string, string>, name: string, value: string): void {
  // Two lengths, equal or not, are how responses get smuggled past each other.
  if (seen.has(name)) throw new ProtocolError(`two ${name} fields`);
  seen.set(name, value);
}

function bodyLength(status: number, fields: Map<string, string>): number | "chunked" {
  const length = fields.get("content-length");
  const encoding = fields.get("transfer-encoding");
  if (length !== undefined && encoding !== undefined) throw new ProtocolError("both content-length and transfer-encoding");
  if (status === 204 || status === 304 || status < 200) return 0;
  if (encoding !== undefined) {
    if (encoding.toLowerCase() !== "chunked") throw new ProtocolError("a transfer-encoding other than chunked");
    return "chunked";
  }
  if (length === undefined) throw new ProtocolError("a body without a length");
  if (!/^\d{1,10}$/.test(length)) throw new ProtocolError("content-length is not a number");
  if (Number(length) > MAX_BODY) throw new ProtocolError("the body is too large");
  return Number(length);
}

function parseHead(text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const status = Number(STATUS_LINE.exec(first)?.[1] ?? 0);
  if (status === 0) throw new ProtocolError("not an HTTP/1.1 status line");
  if (status === 101) throw new ProtocolError("an upgrade that nobody asked for");
  const fields = new Map<string, string>();
  let mayReuse = true;
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (!FIELD_NAME.test(name) || FORBIDDEN.test(line)) throw new ProtocolError("a malformed header field");
    if (name === "content-length" || name === "transfer-encoding") addOnce(fields, name, line.slice(colon + 1).trim());
    else if (name === "connection" && /\bclose\b/i.test(line.slice(colon + 1))) mayReuse = false;
  }
  return { status, length: bodyLength(status, fields), mayReuse };
}

/** Collects text up to a terminator that may arrive in pieces. */
function createLineReader() {
  let held = "";
  return {
    isEmpty: () => held === "",
    /** The text before the terminator and where the rest begins, or undefined when more bytes are needed. */
    read(data: Buffer, from: number, to: number, terminator: string, limit: number): { text: string; next: number } | undefined {
      const window = Math.min(to, from + limit + terminator.length);
      const text = held + data.toString("latin1", from, window);
      const end = text.indexOf(terminator);
      if (end > limit || (end < 0 && text.length > limit)) throw new ProtocolError("a head or line is too long");
      if (end < 0) {
        held = text;
        return undefined;
      }
      const next = from + end + terminator.length - held.length;
      held = "";
      return { text: text.slice(0, end), next };
    },
  };
}

/** A strict parser for the responses of one connection; only framing that leaves no doubt is accepted. */
export function createResponseParser(onResponse: ResponseHandler): ResponseParser {
  const lines = createLineReader();
  let state: "head" | "body" | "chunk-size" | "chunk-data" | "chunk-end" | "trailer" = "head";
  let head: Head = { status: 0, length: 0, mayReuse: true };
  let wanted = 0;
  let collected = 0;
  let parts: Buffer[] = [];

  function finish(body: string): void {
    const { status, mayReuse } = head;
    state = "head";
    parts = [];
    collected = 0;
    if (status >= 200) onResponse(status, body, mayReuse);
  }

  function collect(data: Buffer, from: number, to: number): number {
    const end = Math.min(to, from + wanted);
    collected += end - from;
    if (collected > MAX_BODY) throw new ProtocolError("the body is too large");
    // A copy: the bytes of the read buffer are overwritten by the next read.
    parts.push(Buffer.from(data.subarray(from, end)));
    wanted -= end - from;
    return end;
  }

  function readBody(data: Buffer, from: number, to: number): number {
    if (parts.length === 0 && to - from >= wanted) {
      const end = from + wanted;
      finish(data.toString("utf8", from, end));
      return end;
    }
    const end = collect(data, from, to);
    if (wanted === 0) finish(Buffer.concat(parts).toString("utf8"));
    return end;
  }

  function readChunk(data: Buffer, from: number, to: number): number {
    const end = collect(data, from, to);
    if (wanted === 0) state = "chunk-end";
    return end;
  }

  function takeHead(text: string): void {
    head = parseHead(text);
    if (head.length === "chunked") state = "chunk-size";
    else if (head.length === 0) finish("");
    else {
      wanted = head.length;
      state = "body";
    }
  }

  function takeChunkSize(text: string): void {
    const size = CHUNK_SIZE.exec(text)?.[1];
    if (size === undefined) throw new ProtocolError("a malformed chunk size");
    wanted = Number.parseInt(size, 16);
    state = wanted === 0 ? "trailer" : "chunk-data";
  }

  function takeLine(text: string): void {
    if (state === "head") takeHead(text);
    else if (state === "chunk-size") takeChunkSize(text);
    else if (state === "chunk-end") {
      if (text !== "") throw new ProtocolError("a chunk longer than it said");
      state = "chunk-size";
    } else if (text === "") finish(Buffer.concat(parts).toString("utf8"));
  }

  return {
    feed(data, length) {
      let at = 0;
      while (at < length) {
        if (state === "body") at = readBody(data, at, length);
        else if (state === "chunk-data") at = readChunk(data, at, length);
        else {
          const isHead = state === "head";
          const line = lines.read(data, at, length, isHead ? "\r\n\r\n" : "\r\n", isHead ? MAX_HEAD : MAX_LINE);
          if (line === undefined) return;
          at = line.next;
          takeLine(line.text);
        }
      }
    },
    isBetweenResponses: () => state === "head" && lines.isEmpty(),
  };
}
