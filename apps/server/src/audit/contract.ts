import type { AuditRecord, AuditSink } from "#kernel";
import type { Write } from "#storage";
import type { ExportReport } from "./export-report.ts";

/** Who reads the audit, as `actedBy` gives it. Every read is an entry of its own, committed before anything is told. */
export type Reader = Pick<AuditRecord, "actor" | "deviceId" | "address" | "byAdministrator">;

/** What a search asks for; all that is given must hold. */
export interface AuditQuery {
  /** A user id, or a name such as `operator` or `unknown`. */
  readonly actor?: string;
  readonly target?: string;
  /** A room id. */
  readonly room?: string;
  /** A code of the catalogue, or its beginning with a star: `room.member.*`. */
  readonly code?: string;
  readonly outcome?: "done" | "refused";
  /** Milliseconds since the Unix epoch, both inclusive. */
  readonly from?: number;
  readonly to?: number;
  /** Where an earlier page ended. */
  readonly after?: string;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** Where an entry stands. `log` counts the logs of this installation from 1; `index` is the leaf's place in its log. */
export interface EntryPlace {
  readonly log: number;
  readonly index: number;
}

/** An entry with its segments opened. What was sealed under a destroyed key is absent and named in `erased`. */
export interface OpenedEntry extends EntryPlace {
  readonly id: string;
  readonly time: number;
  readonly code: string;
  readonly class: number;
  readonly activity: number;
  readonly outcome: "done" | "refused";
  readonly reason?: string;
  readonly count: number;
  readonly policy?: string;
  readonly actor?: string;
  readonly asAdministrator?: true;
  readonly deviceId?: string;
  readonly address?: string;
  readonly target?: string;
  readonly roomId?: string;
  readonly eventId?: string;
  readonly erased: readonly ("actor" | "target" | "room")[];
  /** True if no signed checkpoint covers it yet. */
  readonly unsigned: boolean;
}

/** Newest first. `next` is absent on the last page; a page may be empty and still have one. */
export interface AuditPage {
  readonly entries: readonly OpenedEntry[];
  readonly next?: string;
}

/** One log of this installation. */
export interface LogState {
  readonly log: number;
  readonly origin: string;
  /** Public key in the form of a signed note. */
  readonly vkey: string;
  /** Entries under the last signed checkpoint; of a log that came before, all that is left of it. */
  readonly size: number;
  /** The signed note itself; empty before the first. */
  readonly checkpoint: string;
}

/** How the log stands now. */
export interface AuditState {
  readonly logs: readonly LogState[];
  /** Entries after the last checkpoint: committed, not yet signed. */
  readonly unsigned: number;
  /** Why nothing is signed any more, if so; a restart begins a new origin. */
  readonly stopped?: string;
  /** The checkpoint in the second place, read before `logs`: what is exported then extends it. Absent if there is none. */
  readonly secondPlace?: string;
}

/** Records acts in the batch of the act, refusals beside the request (design D7), in a log that is signed as it grows. */
export interface AuditLog extends AuditSink<Write> {
  /** @throws MatrixError M_INVALID_PARAM for a bad page name */
  search(reader: Reader, query: AuditQuery): Promise<AuditPage>;
  /** @throws MatrixError M_NOT_FOUND */
  show(reader: Reader, place: EntryPlace): Promise<OpenedEntry>;
  /** A `.tlog-proof` of the entry under the newest checkpoint, and the entry's bytes. @throws MatrixError M_NOT_FOUND while it is unsigned */
  prove(reader: Reader, place: EntryPlace): Promise<{ readonly proof: string; readonly entry: Uint8Array }>;
  state(reader: Reader): Promise<AuditState>;
  /**
   * One file of an export, by its path below `logs/N/` (`checkpoint`, `tile/0/000`, `tile/entries/000.p/5`), as the log stood at `size`.
   * @throws MatrixError M_NOT_FOUND
   */
  readFile(reader: Reader, log: number, path: string): Promise<Uint8Array>;
  /**
   * Checks the whole store as an exported folder is checked, and the index with it: reads every entry, so seconds for each hundred thousand. Two who ask
   * at once share one check.
   */
  verify(reader: Reader): Promise<ExportReport>;
  /** Signs what is committed now. Resolves when the checkpoint is durable, or nothing is new. */
  checkpoint(): Promise<void>;
  /** Writes the counts that wait; resolves when they are durable. */
  flush(): Promise<void>;
  /** Flushes, signs, ends. */
  close(): Promise<void>;
}
