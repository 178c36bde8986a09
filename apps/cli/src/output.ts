import type { Writable } from "node:stream";

/** Whoever read what is written has gone: `| head`. No fault of anybody's. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

export interface Output {
  readonly isTerminal: boolean;
  /** Resolves when it may be forgotten, so that a slow reader is waited for. @throws OutputClosed */
  write(text: string): Promise<void>;
  line(text: string): Promise<void>;
}

export function createOutput(stream: Writable & { readonly isTTY?: boolean }): Output {
  // Beside each write's own report: an error event that nobody hears would end the process with a stack.
  stream.on("error", () => {});
  const write = (text: string) =>
    new Promise<void>((resolve, reject) => {
      stream.write(text, (error) => {
        if (error === null || error === undefined) resolve();
        else reject("code" in error && error.code === "EPIPE" ? new OutputClosed("nobody reads any more") : error);
      });
    });
  return { isTerminal: stream.isTTY === true, write, line: (text) => write(`${text}\n`) };
}
