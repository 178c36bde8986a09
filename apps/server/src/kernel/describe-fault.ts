/** Parsers quote their input in messages; input may be a password or somebody's words. */
const QUOTING = new Set(["SyntaxError", "URIError", "ValiError"]);

const FRAMES = 20;
const MESSAGE_CHARACTERS = 500;

interface FaultFields {
  /** Name of its class, or the type of what was thrown instead of an error. */
  readonly error: string;
  /** What the system calls it, such as `ENOSPC` or `CERT_HAS_EXPIRED`. */
  readonly code?: string;
  readonly message?: string;
}

/** What may be logged of a fault that nobody expected. */
export function describeFault(error: unknown): FaultFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = codeOf(error);
  return {
    error: error.name,
    ...(code === undefined ? {} : { code }),
    ...(QUOTING.has(error.name) ? {} : { message: error.message.slice(0, MESSAGE_CHARACTERS) }),
  };
}

/** The same in one line. */
export function faultText(error: unknown): string {
  const { error: name, message } = describeFault(error);
  return message === undefined ? name : `${name}: ${message}`;
}

/** Where it was thrown, without the message that a stack begins with. */
export function framesOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const frames = stack.split("\n").filter((line) => line.startsWith("    at "));
  return frames.slice(0, FRAMES).join("\n");
}

/** Codes are constants of the system and of the TLS library: they name no address. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
