import type { Workload } from "./arguments.ts";
import type { Figures, Verdict } from "./judge-run.ts";
import type { Calibration, Machine } from "./machine.ts";
import { median } from "./percentiles.ts";

/** One run: `setting` is the concurrency (W1b), the sends per second (W3a, W3c) or the members of the room (W8). */
export type Run = { workload: Workload; setting: number; target: string; durability: string; repetition: number; verdict: Verdict };

export type Surroundings = { machine: Machine; before: Calibration; after: Calibration; steal: number };

export type Conditions = {
  members: number;
  receivers: number;
  crowd: number;
  warmUpSeconds: number;
  seconds: number;
  repeat: number;
  payload: string;
};

const show = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

type Read = (figures: Figures) => number | undefined;

/** Median, and the range where there is one. */
function spread(all: readonly Figures[], read: Read, format = show): string {
  const values = all.map(read).filter((value) => value !== undefined);
  if (values.length === 0) return "–";
  const middle = format(median(values));
  return values.length === 1 ? middle : `${middle} (${format(Math.min(...values))}–${format(Math.max(...values))})`;
}

type Column = { title: string; read: Read; format?: (value: number) => string };

const lastColumns: Column[] = [
  { title: "server CPU µs/send", read: (figures) => figures.serverMicrosPerSend },
  { title: "client CPU µs/op", read: (figures) => figures.clientMicrosPerOperation },
  { title: "client core share", read: (figures) => figures.clientShare, format: percent },
  { title: "steal", read: (figures) => figures.steal, format: percent },
];

const columns: Record<Workload, Column[]> = {
  W1b: [
    { title: "sends/s", read: (figures) => figures.perSecond },
    { title: "p50 ms", read: (figures) => figures.p50 },
    { title: "p95 ms", read: (figures) => figures.p95 },
    { title: "p99 ms", read: (figures) => figures.p99 },
    ...lastColumns,
  ],
  W3a: [
    { title: "p50 ms", read: (figures) => figures.p50 },
    { title: "p99 ms", read: (figures) => figures.p99 },
    { title: "p99.9 ms", read: (figures) => figures.p999 },
    { title: "deliveries", read: (figures) => figures.deliveries, format: (value) => value.toFixed(0) },
    { title: "client clock late p99 ms", read: (figures) => figures.clockLatenessMs },
    ...lastColumns,
  ],
  W3c: [
    { title: "last has it p50 ms", read: (figures) => figures.p50 },
    { title: "p99 ms", read: (figures) => figures.p99 },
    { title: "deliveries", read: (figures) => figures.deliveries, format: (value) => value.toFixed(0) },
    {
      title: "server CPU µs/delivery",
      read: ({ serverMicrosPerSend, sends, deliveries }) =>
        serverMicrosPerSend === undefined ? undefined : (serverMicrosPerSend * sends) / deliveries,
    },
    ...lastColumns.slice(1),
  ],
  W8: [
    { title: "join p50 ms", read: (figures) => figures.p50 },
    { title: "join p99 ms", read: (figures) => figures.p99 },
    { title: "20 at once p99 ms", read: ({ extra }) => extra["atOnceP99"] },
    { title: "sync p50 ms", read: ({ extra }) => extra["syncP50"] },
    { title: "sync max ms", read: ({ extra }) => extra["syncMax"] },
    { title: "sync KB", read: ({ extra }) => extra["syncKilobytes"] },
    { title: "RSS growth MiB", read: ({ extra }) => extra["residentGrowth"] },
    ...lastColumns.slice(-1),
  ],
};

const titles: Record<Workload, (conditions: Conditions) => string> = {
  W1b: ({ members }) => `W1b: one room, ${members} members, nobody syncing, closed loop`,
  W3a: ({ members }) => `W3a: one room, ${members} syncers on long-polls, open loop; latency from due send to each syncer's response`,
  W3c: ({ receivers }) =>
    `W3c: one room, ${receivers} syncers on long-polls, open loop; latency from due send to the last syncer's response`,
  W8: ({ crowd }) => `W8: joins into a public room of ${crowd} members, 20 one after another and 20 at once, then a first sync of each`,
};

/** One refusal withholds the figures of all repetitions: a median of the runs that happened to pass would hide the fault. */
function describeRow(runs: readonly Run[], shown: readonly Column[]): string[] {
  const reasons = runs.flatMap(({ verdict, repetition }) =>
    "refused" in verdict ? verdict.refused.map((reason) => (runs.length > 1 ? `run ${repetition}: ${reason}` : reason)) : [],
  );
  if (reasons.length > 0) return [`**refused** – ${reasons.join("; ").replaceAll("|", "\\|")}`, ...shown.slice(1).map(() => "")];
  const figures = runs.flatMap(({ verdict }) => ("figures" in verdict ? verdict.figures : []));
  return shown.map(({ read, format }) => spread(figures, read, format));
}

function describeTable(workload: Workload, runs: readonly Run[], conditions: Conditions): string[] {
  const setting = { W1b: "c", W3a: "sends/s due", W3c: "sends/s due", W8: "members" }[workload];
  const shown = columns[workload];
  const header = ["target", "durability", setting, ...shown.map(({ title }) => title)];
  const rows = [...Map.groupBy(runs, (run) => `${run.setting} ${run.target}`).values()].map((group) => {
    const [first] = group;
    return [first?.target ?? "", first?.durability ?? "", String(first?.setting ?? ""), ...describeRow(group, shown)];
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [`### ${titles[workload](conditions)}`, "", line(header), line(header.map(() => "---")), ...rows.map(line), ""];
}

function describeSurroundings({ machine, before, after, steal }: Surroundings): string[] {
  const change = (read: (calibration: Calibration) => number): string => `${show(read(before))} → ${show(read(after))}`;
  return [
    `${machine.model}, ${machine.processors} processors, client on Node ${machine.node}. Before → after: SHA-256 ` +
      `${change((calibration) => calibration.sha256MegabytesPerSecond)} MB/s, 4 KB write + fdatasync p50 ` +
      `${change((calibration) => calibration.fdatasyncP50Ms)} ms, load ${change((calibration) => calibration.load)}; steal ${percent(steal)}.`,
  ];
}

/** The Markdown report. A run that a gate refused shows its reason and no figure. */
export function describeReport(runs: readonly Run[], surroundings: Surroundings, conditions: Conditions): string {
  const { warmUpSeconds, seconds, repeat, payload } = conditions;
  const tables = [...Map.groupBy(runs, ({ workload }) => workload)].flatMap(([workload, group]) =>
    describeTable(workload, group, conditions),
  );
  const method =
    `Payload ${payload}; ${warmUpSeconds} s warm-up, ${seconds} s measured, ${repeat} repetition${repeat === 1 ? "" : "s"}` +
    `${repeat === 1 ? "" : " interleaved across targets, median (min–max)"}. Every acknowledged message was found once and in order` +
    " where figures are shown.";
  return [...describeSurroundings(surroundings), "", method, "", ...tables].join("\n");
}
