import { ConfigError, DataFolderInUse } from "@wardroom/server";
import type { Messages } from "./messages/en.ts";
import { Refused } from "./refused.ts";
import { UsageError } from "./usage-error.ts";

/** Says in the operator's language what went wrong. What has no words there is told as it came, after a lead-in. */
export function wordError(error: unknown, { errors: t }: Messages): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError || error instanceof Refused) return error.message;
  if (error instanceof ConfigError) return t.configuration(error.message);
  if (error instanceof DataFolderInUse) return t.folderInUse(error.path);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const [, words] = Object.entries(t.byCode).find(([known]) => known === code) ?? [];
  if (words !== undefined) return words(valuesOf(error));
  // Refusals have names of their own, and what the system or the disk refused has a code: neither needs a stack.
  const isExpected = code !== undefined || (error.name !== "Error" && error.name !== "TypeError");
  return isExpected ? t.failed(error.message) : String(error.stack);
}

function valuesOf(error: Error): (name: string) => string {
  const values = "values" in error && typeof error.values === "object" && error.values !== null ? Object.entries(error.values) : [];
  return (name) => String(values.find(([key]) => key === name)?.[1] ?? "?");
}
