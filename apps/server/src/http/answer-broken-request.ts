import type { Duplex } from "node:stream";
import { headText } from "./reply.ts";

/** The answer to what the parser gave up on: too long a head, bad framing, a body that never came. The connection ends. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Duplex): void {
  const line = statusLine(error.code ?? "");
  // Nothing is written into a failed TLS handshake, nor where it would be taken for the answer to an earlier request.
  if (line === undefined || !socket.writable || owesAnother(socket)) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify({ errcode: "M_UNKNOWN", error: line.slice(4) });
  socket.end(`HTTP/1.1 ${line}\r\n${headText}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  socket.once("finish", () => socket.destroy());
}

function statusLine(code: string): string | undefined {
  if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return "413 Payload Too Large";
  return code.startsWith("HPE_") ? "400 Bad Request" : undefined;
}

/** Whether an earlier request of this connection, complete itself, still waits for its answer or is in the middle of it. */
function owesAnother(socket: Duplex): boolean {
  // Proven by the checks below alone: the property is node's own and may be missing.
  const { _httpMessage: message } = socket as {
    readonly _httpMessage?: { readonly headersSent?: boolean; readonly req?: { readonly complete?: boolean } };
  };
  if (message === undefined || message === null) return false;
  return message.headersSent === true || message.req?.complete === true;
}
