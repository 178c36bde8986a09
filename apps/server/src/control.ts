import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type Answer, answerRequest, readAnswer, remoteCommands } from "./control-requests.ts";
import { type OperatorCommands, OperatorRefusal } from "./operator-commands.ts";

const MOST_REQUEST_BYTES = 16_384;
/** A list of every account of a large house. A full bundle of entries in base64 is a sixth of it. */
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;
const PATIENCE_MS = 30_000;

/**
 * Serves the commands on a socket that only the owner of the data folder can open (0600 inside 0700). One line of JSON asks, one
 * answers, then the connection ends: a reader who pauses between two pages holds nothing.
 */
export async function serveControl(path: string, commands: OperatorCommands): Promise<{ close(): Promise<void> }> {
  rmSync(path, { force: true }); // left by a killed process; the folder lock says that nobody serves it
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    answerOne(socket, commands).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function answerOne(socket: Socket, commands: OperatorCommands): Promise<void> {
  const line = await readLine(socket, MOST_REQUEST_BYTES);
  socket.setTimeout(0); // A long search is no idle peer.
  const answer = await answerRequest(commands, line);
  socket.setTimeout(PATIENCE_MS);
  socket.end(`${JSON.stringify(answer)}\n`);
}

/** The first line; what comes after it is ignored. @throws Error if the connection ends before one, or the line is too long */
function readLine(socket: Socket, mostBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("the connection ended before the answer")));
    socket.on("data", function take(chunk: Buffer) {
      const end = chunk.indexOf("\n");
      parts.push(end < 0 ? chunk : chunk.subarray(0, end));
      size += chunk.length;
      if (end < 0 && size <= mostBytes) return;
      socket.off("data", take);
      if (size > mostBytes) reject(new Error("the line is too long"));
      else resolve(Buffer.concat(parts).toString("utf8"));
    });
  });
}

/** The commands of the server that runs on this data folder, or undefined if none does. Each call may throw an OperatorRefusal. */
export async function reachServer(path: string): Promise<OperatorCommands | undefined> {
  const probe = await reach(path);
  if (probe === undefined) return undefined;
  probe.destroy();
  return remoteCommands(async (command, input) => {
    const answer = await ask(path, { command, input });
    if (answer.ok) return answer.result;
    throw new OperatorRefusal(answer.code, answer.message, answer.values);
  });
}

async function reach(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return socket;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ECONNREFUSED") return undefined;
    throw error;
  }
}

async function ask(path: string, request: Readonly<Record<string, unknown>>): Promise<Answer> {
  const gone = () => new OperatorRefusal("server-gone", "The server ended before it had answered.");
  const socket = await reach(path);
  if (socket === undefined) throw gone();
  const line = readLine(socket, MOST_ANSWER_BYTES);
  socket.write(`${JSON.stringify(request)}\n`);
  try {
    return readAnswer(await line);
  } catch {
    throw gone();
  } finally {
    socket.destroy();
  }
}
