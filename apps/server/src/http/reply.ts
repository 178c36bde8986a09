import type { ServerResponse } from "node:http";

/** What goes out. `headers` is a flat list of names and values beside those that every answer carries. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: readonly string[];
}

// On every answer, errors included: without these a browser client cannot even read the error.
export const crossOrigin = [
  "Access-Control-Allow-Origin",
  "*",
  "Access-Control-Allow-Methods",
  "GET, POST, PUT, DELETE, OPTIONS",
  "Access-Control-Allow-Headers",
  "X-Requested-With, Content-Type, Authorization",
];
const always = [
  ...crossOrigin,
  "Access-Control-Expose-Headers",
  "Retry-After",
  // Answers hold people's words: no proxy and no browser cache keeps them, and none is ever run as a page.
  "Cache-Control",
  "no-store",
  "X-Content-Type-Options",
  "nosniff",
  "Content-Security-Policy",
  "sandbox; default-src 'none'; frame-ancestors 'none'",
];
const head = ["Content-Type", "application/json", ...always];
const preflight = [...always, "Access-Control-Max-Age", "86400"];

/** The same headers as text, for answers to what was no HTTP at all. */
export const headText = head.map((text, index) => text + (index % 2 === 0 ? ": " : "\r\n")).join("");

/**
 * Writes head and body at once; nothing happens if the client has gone.
 * @param rest of a body that is still coming: a connection that ended before it would be reset, and the answer lost with it
 */
export function send(response: ServerResponse, { status, body, headers }: Reply, rest?: Promise<void>): void {
  if (response.headersSent || response.destroyed) return;
  // A string body is put behind the head and leaves in the same write.
  const list = headers === undefined ? head.slice() : [...head, ...headers];
  list.push("Content-Length", String(Buffer.byteLength(body)));
  response.writeHead(status, list);
  if (rest === undefined) {
    response.end(body);
    return;
  }
  response.write(body);
  void rest.then(() => response.end());
}

export function sendPreflight(response: ServerResponse): void {
  response.writeHead(204, preflight.slice());
  response.end();
}
