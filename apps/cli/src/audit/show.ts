import type { OpenedEntry } from "@wardroom/server";
import type { Arguments } from "../arguments.ts";
import type { Messages } from "../messages/en.ts";
import type { Surroundings } from "../surroundings.ts";
import { withOperator } from "../with-operator.ts";
import { jsonLine, padTo, printable, widthOf } from "./printable.ts";
import { readPlace } from "./read-place.ts";
import { localTime } from "./read-time.ts";
import { actorOf, meaningOf, outcomeOf, roomOf, targetOf } from "./table.ts";

/** `wardroom audit show LOG/INDEX`. */
export async function show(args: Arguments, surroundings: Surroundings): Promise<number> {
  const { t, out } = surroundings;
  const place = readPlace(args.words[2], t);
  const entry = await withOperator(args.config(), surroundings, (commands) => commands.showEntry(place));
  await out.line(args.has("json") ? jsonLine(entry) : describeEntry(entry, t));
  return 0;
}

function describeEntry(entry: OpenedEntry, t: Messages): string {
  const { columns } = t.entry;
  const optional = (title: string, text: string | undefined) => [title, text === undefined ? "" : printable(text)] as const;
  const lines = [
    [columns.place, `${entry.log}/${entry.index}${entry.unsigned ? t.entry.unsigned : ""}`],
    [columns.time, localTime(entry.time, true)],
    [columns.code, `${printable(entry.code)}  ${meaningOf(entry.code, t)}`],
    [columns.kind, `OCSF ${entry.class}/${entry.activity}`],
    [columns.outcome, outcomeOf(entry, t)],
    [columns.actor, actorOf(entry, t)],
    optional(columns.device, entry.deviceId),
    optional(columns.address, entry.address),
    [columns.target, targetOf(entry, t)],
    [columns.room, roomOf(entry, t)],
    optional(columns.event, entry.eventId),
    optional(columns.policy, entry.policy),
    optional(columns.id, entry.id),
  ] as const;
  const width = Math.max(...lines.map(([title]) => widthOf(title)));
  return lines
    .filter(([, text]) => text !== "")
    .map(([title, text]) => `${padTo(title, width)}  ${text}`.trimEnd())
    .join("\n");
}
