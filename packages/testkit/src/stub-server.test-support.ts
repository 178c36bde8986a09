// A server that knows nothing but to start, to answer and to stop: what start-server.ts is tested with.
import { readFileSync, writeFileSync, mkdirSync, existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    listen: { type: "string" },
    profile: { type: "string" },
    "key-file": { type: "string" },
    "server-name": { type: "string" },
  },
  allowPositionals: true,
});
const data = values.data ?? "";
mkdirSync(data, { recursive: true });
const count = join(data, "starts");
writeFileSync(count, String(existsSync(count) ? Number(readFileSync(count, "utf8")) + 1 : 1));
const server = createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  if (request.url === "/_matrix/client/versions") response.end('{"versions":["v1.1"]}');
  else if (request.url === "/_matrix/client/v3/account/whoami") response.end('{"user":"wrong key"}');
  else response.writeHead(404).end('{"errcode":"M_UNRECOGNIZED","error":"stub"}');
});
server.listen(Number(values.listen?.split(":")[1] ?? 0), "127.0.0.1");
process.on("SIGINT", () => {
  server.close();
  server.closeAllConnections();
});
