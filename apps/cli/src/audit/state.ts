import type { AuditState } from "@wardroom/server";
import type { Arguments } from "../arguments.ts";
import type { Messages } from "../messages/en.ts";
import type { Surroundings } from "../surroundings.ts";
import { withOperator } from "../with-operator.ts";
import { jsonLine, printable } from "./printable.ts";

/** `wardroom audit state`: which logs there are, how far they are signed, and the keys to hand to the auditor. */
export async function state(args: Arguments, surroundings: Surroundings): Promise<number> {
  const { t, out, err } = surroundings;
  const now = await withOperator(args.config(), surroundings, (commands) => commands.auditState());
  await out.line(args.has("json") ? jsonLine(now) : describeState(now, t));
  if (now.stopped !== undefined) await err.line(t.state.stopped(printable(now.stopped)));
  return 0;
}

function describeState({ logs, unsigned }: AuditState, { state: t }: Messages): string {
  const each = logs.map(({ log, origin, size, vkey }, at) =>
    [t.log(log, printable(origin), at === logs.length - 1), `  ${t.size(size)}`, `  ${t.key} ${printable(vkey)}`].join("\n"),
  );
  return [...each, t.unsigned(unsigned), t.handKey].join("\n");
}
