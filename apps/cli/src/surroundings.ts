import type { Messages } from "./messages/en.ts";
import type { Output } from "./output.ts";

/** What a command acts in: the language, where it writes, and the time. */
export interface Surroundings {
  readonly t: Messages;
  /** What was asked for. */
  readonly out: Output;
  /** What is said about it: progress, warnings, prompts. */
  readonly err: Output;
  readonly now: () => number;
}
