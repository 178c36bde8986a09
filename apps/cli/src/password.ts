import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { UsageError } from "./arguments.ts";

/** The first line of standard input: passwords never stand in the argument list, which every user of the machine can read. */
async function readStandardInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(Buffer.from(part));
  return (Buffer.concat(parts).toString("utf8").split("\n", 1)[0] ?? "").replace(/\r$/, "");
}

async function askTwice(): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    process.stderr.write("Password: ");
    const first = await terminal.question("");
    process.stderr.write("\nAgain: ");
    const second = await terminal.question("");
    process.stderr.write("\n");
    if (first !== second) throw new UsageError("The two passwords differ.");
    return first;
  } finally {
    terminal.close();
  }
}

/** @throws UsageError if there is no terminal to ask on and `--password-stdin` was not given. */
export function readPassword(fromStandardInput: boolean): Promise<string> {
  if (fromStandardInput) return readStandardInput();
  if (!process.stdin.isTTY) throw new UsageError("No terminal to ask on: give the password on standard input with --password-stdin.");
  return askTwice();
}
