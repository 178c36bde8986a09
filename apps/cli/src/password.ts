import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Messages } from "./messages/en.ts";
import type { Output } from "./output.ts";
import { UsageError } from "./usage-error.ts";

/** The first line of standard input: passwords never stand in the argument list, which every user of the machine can read. */
async function readStandardInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(Buffer.from(part));
  return (Buffer.concat(parts).toString("utf8").split("\n", 1)[0] ?? "").replace(/\r$/, "");
}

async function askTwice(t: Messages["user"], err: Output): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    await err.write(t.password);
    const first = await terminal.question("");
    await err.write(`\n${t.again}`);
    const second = await terminal.question("");
    await err.write("\n");
    if (first !== second) throw new UsageError(t.passwordsDiffer);
    return first;
  } finally {
    terminal.close();
  }
}

/** @throws UsageError if there is no terminal to ask on and `--password-stdin` was not given. */
export function readPassword(fromStandardInput: boolean, t: Messages["user"], err: Output): Promise<string> {
  if (fromStandardInput) return readStandardInput();
  if (!process.stdin.isTTY) throw new UsageError(t.noTerminal);
  return askTwice(t, err);
}
