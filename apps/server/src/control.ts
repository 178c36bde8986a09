import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { MatrixError } from "#kernel";
import type { Identity } from "#identity";

/** What the operator's commands can ask of a server, running or opened for the purpose. */
export interface OperatorCommands {
  createUser(input: { readonly name: string; readonly password: string; readonly admin: boolean }): Promise<string>;
  resetPassword(input: { readonly name: string; readonly password: string }): Promise<string>;
  listUsers(): Promise<string>;
}

export function operatorCommands(identity: Identity, serverName: string): OperatorCommands {
  const fullId = (name: string) => (name.startsWith("@") ? name : `@${name}:${serverName}`);
  return {
    async createUser({ name, password, admin }) {
      const localpart = name.startsWith("@") ? (name.slice(1).split(":", 1)[0] ?? "") : name;
      const { userId } = await identity.createAccount({ localpart, password, isAdmin: admin });
      return `Created ${userId}${admin ? " (administrator)" : ""}.`;
    },
    async resetPassword({ name, password }) {
      const userId = fullId(name);
      if (!(await identity.accountExists(userId))) throw new MatrixError("M_NOT_FOUND", `There is no account ${userId}.`);
      await identity.setPassword(userId, password);
      await identity.logoutAll(userId);
      return `New password set for ${userId}; all its sessions are signed out.`;
    },
    async listUsers() {
      const accounts = await identity.listAccounts();
      return accounts
        .map(({ userId, isAdmin, state }) => `${userId}${isAdmin ? "  administrator" : ""}${state === "active" ? "" : `  ${state}`}`)
        .join("\n");
    },
  };
}

const MAX_REQUEST_BYTES = 16_384;

/** Serves the commands on a socket that only the owner of the data folder can open (0600 inside 0700). */
export async function serveControl(path: string, commands: OperatorCommands): Promise<{ close(): Promise<void> }> {
  rmSync(path, { force: true }); // left by a killed process; the folder lock says that nobody serves it
  const server: Server = createServer((socket) => {
    readLine(socket, (line) => {
      void runCommand(commands, line).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}

function readLine(socket: Socket, done: (line: string) => void): void {
  let text = "";
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    text += chunk;
    if (text.length > MAX_REQUEST_BYTES) socket.destroy();
    const end = text.indexOf("\n");
    if (end >= 0) done(text.slice(0, end));
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

/** Asks a running server. Undefined if none answers on the socket. */
export function askControl(path: string, request: Readonly<Record<string, unknown>>): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
      else reject(error);
    });
    socket.once("connect", () => socket.write(`${JSON.stringify(request)}\n`));
    readLine(socket, (line) => {
      socket.end();
      const answer: unknown = JSON.parse(line);
      const fields = typeof answer === "object" && answer !== null ? new Map(Object.entries(answer)) : new Map<string, unknown>();
      resolve({ ok: fields.get("ok") === true, text: String(fields.get("text") ?? "") });
    });
  });
}
