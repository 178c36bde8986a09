import type { OpenedEntry } from "@wardroom/server";
import type { Messages } from "../messages/en.ts";
import { padTo, printable, widthOf } from "./printable.ts";
import { localTime } from "./read-time.ts";

type Column = readonly [title: string, cell: (entry: OpenedEntry) => string];
type Part = "actor" | "target" | "room";

/** What the code means, in the reader's language; the code itself if it has no words. */
export function meaningOf(code: string, { codes }: Messages): string {
  const words: readonly [string, string][] = Object.entries(codes);
  return words.find(([known]) => known === code)?.[1] ?? "";
}

function sealedText(entry: OpenedEntry, part: Part, text: string | undefined, t: Messages["entry"]): string {
  if (entry.erased.includes(part)) return t.erased;
  return text === undefined ? "" : printable(text);
}

export function outcomeOf({ outcome, reason, count }: OpenedEntry, { entry: t }: Messages): string {
  const why = reason === undefined ? "" : t.because(printable(reason));
  return `${t.outcomes[outcome]}${why}${count === 1 ? "" : ` ×${count}`}`;
}

export const actorOf = (entry: OpenedEntry, { entry: t }: Messages): string =>
  sealedText(entry, "actor", entry.actor, t) + (entry.asAdministrator === true ? t.asAdministrator : "");
export const targetOf = (entry: OpenedEntry, { entry: t }: Messages): string => sealedText(entry, "target", entry.target, t);
export const roomOf = (entry: OpenedEntry, { entry: t }: Messages): string => sealedText(entry, "room", entry.roomId, t);

/** A star marks an entry that no signed checkpoint covers yet. */
const placeOf = ({ log, index, unsigned }: OpenedEntry): string => `${log}/${index}${unsigned ? "*" : ""}`;

export interface Table {
  /** The lines of a page, under a head the first time. Columns grow from page to page and never shrink: a page is all that is held. */
  add(entries: readonly OpenedEntry[]): string;
}

export function createTable(t: Messages): Table {
  const { columns } = t.entry;
  const all: readonly Column[] = [
    [columns.time, ({ time }) => localTime(time)],
    [columns.place, placeOf],
    [columns.code, ({ code }) => printable(code)],
    [columns.meaning, ({ code }) => meaningOf(code, t)],
    [columns.outcome, (entry) => outcomeOf(entry, t)],
    [columns.actor, (entry) => actorOf(entry, t)],
    [columns.device, ({ deviceId = "" }) => printable(deviceId)],
    [columns.address, ({ address = "" }) => printable(address)],
    [columns.target, (entry) => targetOf(entry, t)],
    [columns.room, (entry) => roomOf(entry, t)],
  ];
  const widths = all.map(([title]) => widthOf(title));
  let isFirst = true;
  return {
    add(entries) {
      const rows = entries.map((entry) => all.map(([, cell]) => cell(entry)));
      if (isFirst && rows.length > 0) rows.unshift(all.map(([title]) => title));
      isFirst &&= rows.length === 0;
      for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
      return rows
        .map(
          (row) =>
            `${row
              .map((cell, at) => padTo(cell, widths[at] ?? 0))
              .join("  ")
              .trimEnd()}\n`,
        )
        .join("");
    },
  };
}
