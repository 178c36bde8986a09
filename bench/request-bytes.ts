import type { Target } from "./target.ts";

export type RequestParts = { method: "GET" | "PUT" | "POST"; path: string; token?: string | undefined; body?: string | undefined };

/** The bytes of one HTTP/1.1 request. Throws if path or token could break out of its line. */
export function buildRequest(target: Target, { method, path, token, body }: RequestParts): Buffer {
  // Both hold what a server sent: a line break in a token would smuggle a second request.
  if (!/^\/[\x21-\x7e]*$/.test(path) || !/^[\x21-\x7e]*$/.test(token ?? "")) throw new Error("a path or token with forbidden characters");
  const head = [`${method} ${path} HTTP/1.1`, `Host: ${target.authority}`, "Accept: application/json"];
  if (token !== undefined) head.push(`Authorization: Bearer ${token}`);
  if (body !== undefined) head.push("Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body ?? ""}`);
}
