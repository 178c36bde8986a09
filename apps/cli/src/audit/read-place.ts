import type { EntryPlace } from "@wardroom/server";
import type { Messages } from "../messages/en.ts";
import { UsageError } from "../usage-error.ts";

/** `LOG/INDEX`, as the table shows it. @throws UsageError */
export function readPlace(text: string | undefined, { arguments: t }: Messages): EntryPlace {
  const [, log, index] = /^([1-9]\d{0,8})\/(0|[1-9]\d{0,14})$/.exec(text ?? "") ?? [];
  if (log === undefined || index === undefined) throw new UsageError(t.badPlace(text ?? ""));
  return { log: Number(log), index: Number(index) };
}
