import type { Statements } from "#storage";
import type { RelationRow } from "./relation-store.ts";

interface Tables {
  event_relations: RelationRow;
  tree: { position: number; depth: number };
}

export interface ChildrenQuery {
  readonly parent: number;
  /** Empty: any. */
  readonly rel_type: string;
  readonly type: string;
  /** Levels below the parent: 1 is its children. */
  readonly depth: number;
  /** exclusive */
  readonly after: number;
  /** inclusive */
  readonly until: number;
  readonly limit: number;
}

/** A thread by its root, and where its newest event stands. */
export interface ThreadRow {
  readonly root: number;
  readonly newest: number;
}

/** Pages of children, and of threads. */
export function createRelationPageStore(statements: Statements) {
  const backwards = childrenRead(statements, "desc");
  const forwards = childrenRead(statements, "asc");
  const threads = threadsRead(statements, false);
  const participated = threadsRead(statements, true);
  return {
    /** Positions with `after < position ≤ until`, newest first where `isBackwards`, else oldest first. */
    listChildren: (query: ChildrenQuery, isBackwards: boolean) => (isBackwards ? backwards : forwards).all(query),
    /** Threads whose newest event stands at `until` or before it, that one first. @param of only those in which this person wrote */
    listThreads: (
      query: { room_id: string; until: number; before: number; limit: number },
      of: string | undefined,
    ): Promise<ThreadRow[]> => (of === undefined ? threads.all({ ...query, user_id: "" }) : participated.all({ ...query, user_id: of })),
  };
}

/**
 * Every event has one parent and comes after it, so the walk down meets nothing twice and ends. Positions only: joined here, the
 * events themselves would be what SQLite begins with, all of the store's.
 */
function childrenRead(statements: Statements, order: "asc" | "desc") {
  return statements.read<Tables, ChildrenQuery, { position: number }>(
    (db, p) =>
      db
        .withRecursive("tree(position, depth)", (tree) =>
          tree
            .selectFrom("event_relations as r")
            .select((row) => ["r.position", row.lit(1).as("depth")])
            .where("r.parent_position", "=", p.parent)
            .where("r.position", "<=", p.until)
            .where((row) => row.or([row(row.val(p.rel_type), "=", row.val("")), row("r.rel_type", "=", p.rel_type)]))
            .where((row) => row.or([row(row.val(p.type), "=", row.val("")), row("r.type", "=", p.type)]))
            .unionAll(
              tree
                .selectFrom("tree as t")
                .innerJoin("event_relations as r", "r.parent_position", "t.position")
                .select((row) => ["r.position", row("t.depth", "+", row.lit(1)).as("depth")])
                .where("t.depth", "<", p.depth)
                .where("r.position", "<=", p.until)
                .where((row) => row.or([row(row.val(p.rel_type), "=", row.val("")), row("r.rel_type", "=", p.rel_type)]))
                .where((row) => row.or([row(row.val(p.type), "=", row.val("")), row("r.type", "=", p.type)])),
            ),
        )
        .selectFrom("tree")
        .select("position")
        .where("position", ">", p.after)
        .orderBy("position", order)
        .limit(p.limit),
    { long: true },
  );
}

/** Walks back through the threads' events and takes those after which nothing more comes in their thread. */
function threadsRead(statements: Statements, isOwn: boolean) {
  return statements.read<Tables, { room_id: string; until: number; before: number; limit: number; user_id: string }, ThreadRow>(
    (db, p) =>
      db
        .selectFrom("event_relations as r")
        .select(["r.parent_position as root", "r.position as newest"])
        .where("r.room_id", "=", p.room_id)
        .where("r.rel_type", "=", "m.thread")
        .where("r.counts", "=", 1)
        .where("r.position", "<=", p.before)
        .where((row) =>
          row.not(
            row.exists(
              row
                .selectFrom("event_relations as later")
                .select("later.position")
                .whereRef("later.parent_position", "=", "r.parent_position")
                .where("later.rel_type", "=", "m.thread")
                .where("later.counts", "=", 1)
                .whereRef("later.position", ">", "r.position")
                .where("later.position", "<=", p.until),
            ),
          ),
        )
        .$if(isOwn, (query) =>
          query.where((row) =>
            row.or([
              row("r.parent_sender", "=", p.user_id),
              row.exists(
                row
                  .selectFrom("event_relations as own")
                  .select("own.position")
                  .whereRef("own.parent_position", "=", "r.parent_position")
                  .where("own.rel_type", "=", "m.thread")
                  .where("own.sender", "=", p.user_id),
              ),
            ]),
          ),
        )
        .orderBy("r.position", "desc")
        .limit(p.limit),
    { long: true },
  );
}
