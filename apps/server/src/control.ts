import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { MatrixError, OPERATOR } from "#kernel";
import { type Identity, toUserId } from "#identity";

/** What the operator's commands can ask of a server, running or opened for the purpose. */
export interface OperatorCommands {
  createUser(input: { readonly name: string; readonly password: string; readonly admin: boolean }): Promise<string>;
  resetPassword(input: { readonly name: string; readonly password: string }): Promise<string>;
  listUsers(): Promise<string>;
}

export function operatorCommands(identity: Identity, serverName: string): OperatorCommands {
  const userIdOf = (name: string): string => {
    const userId = toUserId(name, serverName);
    if (userId !== undefined) return userId;
    if (name.startsWith("@") && !name.endsWith(`:${serverName}`)) {
      throw new MatrixError("M_INVALID_USERNAME", `${name} is of another server; this one is ${serverName}.`);
    }
    throw new MatrixError(
      "M_INVALID_USERNAME",
      `${name} is no user name of ${serverName}: a to z, 0 to 9 and . _ = / + - only, and at most 255 bytes with the server name.`,
    );
  };
  return {
    async createUser({ name, password, admin }) {
      const localpart = userIdOf(name).slice(1, -`:${serverName}`.length);
      const { userId } = await identity.createAccount({ localpart, password, isAdmin: admin, by: OPERATOR });
      return `Created ${userId}${admin ? " (administrator)" : ""}.`;
    },
    async resetPassword({ name, password }) {
      const userId = userIdOf(name);
      if (!(await identity.accountExists(userId))) throw new MatrixError("M_NOT_FOUND", `There is no account ${userId}.`);
      await identity.setPassword(userId, password, { endSessions: {}, by: OPERATOR });
      return `New password set for ${userId}; all its sessions are signed out.`;
    },
    async listUsers() {
      const accounts = await identity.listAccounts(OPERATOR);
      return accounts
        .map(({ userId, isAdmin, state }) => `${userId}${isAdmin ? "  administrator" : ""}${state === "active" ? "" : `  ${state}`}`)
        .join("\n");
    },
  };
}

const MOST_REQUEST_BYTES = 16_384;
/** A list of every account of a large house. */
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;
const PATIENCE_MS = 30_000;

/** Serves the commands on a socket that only the owner of the data folder can open (0600 inside 0700). */
export async function serveControl(path: string, commands: OperatorCommands): Promise<{ close(): Promise<void> }> {
  rmSync(path, { force: true }); // left by a killed process; the folder lock says that nobody serves it
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    readLine(socket, MOST_REQUEST_BYTES).then(
      async (line) => socket.end(`${JSON.stringify(await runCommand(commands, line))}\n`),
      () => socket.destroy(),
    );
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

/** The first line; what comes after it is ignored. @throws Error if the connection ends before one, or the line is too long */
function readLine(socket: Socket, mostBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection ended before the answer")));
    socket.on("data", function take(chunk: string) {
      text += chunk;
      const end = text.indexOf("\n");
      if (end < 0 && text.length <= mostBytes) return;
      socket.off("data", take);
      if (end < 0) reject(new Error("the line is too long"));
      else resolve(text.slice(0, end));
    });
  });
}

interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

async function runCommand(commands: OperatorCommands, line: string): Promise<Answer> {
  try {
    const request: unknown = JSON.parse(line);
    return { ok: true, text: await dispatch(commands, request) };
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : "failed" };
  }
}

function dispatch(commands: OperatorCommands, request: unknown): Promise<string> {
  const fields = typeof request === "object" && request !== null ? new Map(Object.entries(request)) : new Map<string, unknown>();
  const name = String(fields.get("name") ?? "");
  const password = String(fields.get("password") ?? "");
  switch (fields.get("command")) {
    case "user.create":
      return commands.createUser({ name, password, admin: fields.get("admin") === true });
    case "user.reset-password":
      return commands.resetPassword({ name, password });
    case "user.list":
      return commands.listUsers();
    default:
      throw new Error("unknown command; is the running server of another version?");
  }
}

/** Asks a running server. Undefined if none answers on the socket. @throws Error if it ends before it has answered */
export async function askControl(path: string, request: Readonly<Record<string, unknown>>): Promise<Answer | undefined> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ECONNREFUSED") return undefined;
    throw error;
  }
  const line = readLine(socket, MOST_ANSWER_BYTES);
  socket.write(`${JSON.stringify(request)}\n`);
  const answer: unknown = JSON.parse(await line);
  socket.destroy();
  const fields = typeof answer === "object" && answer !== null ? new Map(Object.entries(answer)) : new Map<string, unknown>();
  return { ok: fields.get("ok") === true, text: String(fields.get("text") ?? "") };
}
