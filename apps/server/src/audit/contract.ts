import type { AuditRecord, AuditSink } from "#kernel";
import type { Write } from "#storage";

export interface StoredAuditRecord extends AuditRecord {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** How often a refusal was repeated within its minute; for a deed, how many things it was done to. */
  readonly count: number;
}

/** Records acts in the batch of the act, refusals beside the request (design D7). */
export interface Audit extends AuditSink<Write> {
  /** Newest first. For tests and the operator; it is itself an act that is recorded by its caller. */
  list(limit: number): Promise<readonly StoredAuditRecord[]>;
  /** Writes the counts of refusals that wait; resolves when they are durable. */
  flush(): Promise<void>;
}
