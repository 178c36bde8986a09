import type { AuditQuery, OpenedEntry, OperatorCommands } from "@wardroom/server";
import type { Arguments, TextOption } from "../arguments.ts";
import type { Messages } from "../messages/en.ts";
import type { Surroundings } from "../surroundings.ts";
import { UsageError } from "../usage-error.ts";
import { withOperator } from "../with-operator.ts";
import { jsonLine } from "./printable.ts";
import { readTime } from "./read-time.ts";
import { createTable } from "./table.ts";

const USUAL_LIMIT = 50;
/** Entries that are asked for at once, and all that is held. */
const PAGE = 500;

type Filter = Omit<AuditQuery, "limit" | "after">;

/** `wardroom audit search`: newest first, page by page. */
export async function search(args: Arguments, surroundings: Surroundings): Promise<number> {
  const { t, now } = surroundings;
  const filter = readFilter(args, t, now());
  const limit = readLimit(args, t);
  const config = args.config();
  return withOperator(config, surroundings, async (commands) => {
    await printPages(commands, filter, limit, args.has("json"), surroundings);
    return 0;
  });
}

async function printPages(
  commands: OperatorCommands,
  filter: Filter,
  limit: number,
  asJson: boolean,
  { t, out, err }: Surroundings,
): Promise<void> {
  const table = createTable(t);
  const show = (entries: readonly OpenedEntry[]) => (asJson ? entries.map((entry) => `${jsonLine(entry)}\n`).join("") : table.add(entries));
  let [shown, isUnsigned] = [0, false];
  let after: string | undefined;
  do {
    const asked = Math.min(PAGE, limit - shown);
    const page = await commands.searchAudit({ ...filter, limit: asked, ...(after === undefined ? {} : { after }) });
    if (page.entries.length > 0) await out.write(show(page.entries));
    shown += page.entries.length;
    isUnsigned ||= page.entries.some(({ unsigned }) => unsigned);
    after = page.next;
  } while (after !== undefined && shown < limit);
  if (asJson) return;
  if (shown === 0) await err.line(t.search.nothing);
  if (isUnsigned) await err.line(t.search.unsigned);
  if (after !== undefined) await err.line(t.search.more(shown));
}

/** @throws UsageError */
function readFilter(args: Arguments, { arguments: t }: Messages, now: number): Filter {
  const given = (name: "actor" | "target" | "room" | "code") => {
    const value = args.text(name);
    return value === undefined ? {} : { [name]: value };
  };
  const time = (name: Extract<TextOption, "from" | "to">) => {
    const text = args.text(name);
    if (text === undefined) return {};
    const value = readTime(text, now, name === "from" ? "begin" : "end");
    if (value === undefined) throw new UsageError(t.badTime(`--${name}`, text));
    return { [name]: value };
  };
  return {
    ...given("actor"),
    ...given("target"),
    ...given("room"),
    ...given("code"),
    ...readOutcome(args, t),
    ...time("from"),
    ...time("to"),
  };
}

function readOutcome(args: Arguments, t: Messages["arguments"]): Pick<Filter, "outcome"> {
  const outcome = args.text("outcome");
  if (outcome === undefined) return {};
  if (outcome !== "done" && outcome !== "refused") throw new UsageError(t.badOutcome(outcome));
  return { outcome };
}

function readLimit(args: Arguments, { arguments: t }: Messages): number {
  const limit = args.text("limit");
  if (args.has("all")) {
    if (limit !== undefined) throw new UsageError(t.limitAndAll);
    return Infinity;
  }
  if (limit === undefined) return USUAL_LIMIT;
  if (!/^[1-9]\d{0,14}$/.test(limit)) throw new UsageError(t.badLimit(limit));
  return Number(limit);
}
