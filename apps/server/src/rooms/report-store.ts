import type { Statements, Write } from "#storage";

interface ReportRow {
  readonly report_id: string;
  readonly reporter: string;
  readonly created_at: number;
  readonly room_id: string | null;
  readonly event_id: string | null;
  readonly user_id: string | null;
  /** Sealed under the reporter's key. */
  readonly reason: Uint8Array;
}

interface Tables {
  reports: ReportRow;
}

export function createReportStore(statements: Statements) {
  const insert = statements.write<Tables, ReportRow>((db, p) =>
    db.insertInto("reports").values({
      report_id: p.report_id,
      reporter: p.reporter,
      created_at: p.created_at,
      room_id: p.room_id,
      event_id: p.event_id,
      user_id: p.user_id,
      reason: p.reason,
    }),
  );
  const count = statements.read<Tables, { reporter: string; after: number }, { count: number }>((db, p) =>
    db
      .selectFrom("reports")
      .select((row) => row.fn.countAll<number>().as("count"))
      .where("reporter", "=", p.reporter)
      .where("created_at", ">", p.after),
  );
  return {
    insert: (row: ReportRow): Write => insert(row, 1),
    /** How many this person has made since then. */
    countSince: async (reporter: string, after: number): Promise<number> => (await count.get({ reporter, after }))?.count ?? 0,
  };
}
