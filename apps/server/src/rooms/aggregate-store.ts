import type { Statements } from "#storage";
import type { EventRow } from "./event-store.ts";
import type { RelationRow } from "./relation-store.ts";

interface Tables {
  event_relations: RelationRow;
  events: EventRow;
}

/** One person's part in the thread of one root. */
export interface ThreadGroup {
  readonly parent_position: number;
  readonly sender: string;
  readonly count: number;
  /** Position of their newest event in it. */
  readonly newest: number;
}

export type Child = Pick<RelationRow, "parent_position" | "position" | "event_id" | "sender" | "rel_type">;

export type AggregateStore = ReturnType<typeof createAggregateStore>;

/** How many values one statement takes: what is read for a page of events is mostly one read. */
export const SLOTS = 100;
type Slots = Readonly<Record<`at${number}`, number>>;
const names = Array.from({ length: SLOTS }, (_, index) => `at${index}` as const);

/** Statements are compiled once, so a shorter list is filled up with what no event has. */
function slots(positions: readonly number[]): Slots {
  return Object.fromEntries(names.map((name, index) => [name, positions[index] ?? -1]));
}

/** A thread that is counted child by child, for a reader who may not see all of it: its newest. */
const MOST_COUNTED = 1000;
/** Of an event's edits and references: a bundle has a size that everybody can be sent. The rest is had by /relations. */
const MOST_RANKED = 100;

/** What is read to bundle the children of a page of events with it. */
export function createAggregateStore(statements: Statements) {
  const groups = statements.read<Tables, Slots & { until: number }, ThreadGroup>(
    (db, p) =>
      db
        .selectFrom("event_relations")
        .select((row) => ["parent_position", "sender", row.fn.countAll<number>().as("count"), row.fn.max<number>("position").as("newest")])
        .where(
          "parent_position",
          "in",
          names.map((name) => p[name] ?? -1),
        )
        .where("rel_type", "=", "m.thread")
        .where("counts", "=", 1)
        .where("position", "<=", p.until)
        .groupBy(["parent_position", "sender"]),
    { long: true },
  );
  const threads = rankedRead(statements, ["m.thread"], MOST_COUNTED);
  const others = rankedRead(statements, ["m.replace", "m.reference"], MOST_RANKED);
  const events = statements.read<Tables, Slots, EventRow>((db, p) =>
    db
      .selectFrom("events")
      .selectAll()
      .where(
        "position",
        "in",
        names.map((name) => p[name] ?? -1),
      )
      .orderBy("position", "desc"),
  );
  return {
    /** Each with at most `SLOTS` parents, and children up to `until`. */
    groupThreads: (parents: readonly number[], until: number) => groups.all({ ...slots(parents), until }),
    listThreads: (parents: readonly number[], until: number) => threads.all({ ...slots(parents), until }),
    /** Edits and references, per parent and kind the newest first; newest is by time and then by id, as edits are judged. */
    listOthers: (parents: readonly number[], until: number) => others.all({ ...slots(parents), until }),
    /** Newest first. */
    listEvents: (positions: readonly number[]) => events.all(slots(positions)),
  };
}

function rankedRead(statements: Statements, kinds: readonly string[], most: number) {
  return statements.read<Tables, Slots & { until: number }, Child>(
    (db, p) =>
      db
        .selectFrom((from) =>
          from
            .selectFrom("event_relations")
            .select((row) => [
              "parent_position",
              "position",
              "event_id",
              "sender",
              "rel_type",
              row.fn
                .agg<number>("row_number")
                .over((over) => over.partitionBy(["parent_position", "rel_type"]).orderBy("ts", "desc").orderBy("event_id", "desc"))
                .as("place"),
            ])
            .where(
              "parent_position",
              "in",
              names.map((name) => p[name] ?? -1),
            )
            .where("rel_type", "in", kinds)
            .where("counts", "=", 1)
            .where("position", "<=", p.until)
            .as("ranked"),
        )
        .select(["parent_position", "position", "event_id", "sender", "rel_type"])
        .where("place", "<=", most)
        .orderBy("parent_position")
        .orderBy("rel_type")
        .orderBy("place"),
    { long: true },
  );
}
