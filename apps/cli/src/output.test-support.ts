import type { Output } from "./output.ts";

/** Keeps what is written. */
export function captureOutput(isTerminal = false): Output & { text(): string } {
  let text = "";
  const write = async (more: string) => {
    text += more;
  };
  return { isTerminal, write, line: (more) => write(`${more}\n`), text: () => text };
}
