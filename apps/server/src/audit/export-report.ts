/** What a check found, where. `what` is a stable name that the reader's language words; an unknown one is shown as it is. */
export interface Finding {
  /** A path below the folder, or `LOG/INDEX` of an entry. */
  readonly place: string;
  readonly what: string;
  /** What more the check can tell, in English. */
  readonly detail?: string;
}

/** The old log that a log continues, by its first entry. */
export interface Continuation {
  readonly origin: string;
  /** Entries under the last signed checkpoint of the old log, and those that were left when the new one began. */
  readonly size: number;
  readonly left: number;
}

/** One log of an exported folder. */
export interface LogReport {
  readonly origin: string;
  readonly size: number;
  /** Base64, as in the checkpoint. */
  readonly root: string;
  /** Entries that were read and found under the root. */
  readonly entries: number;
  readonly faults: readonly Finding[];
  /** Independent parties whose signature under the checkpoint holds. */
  readonly witnesses: number;
  readonly continues?: Continuation;
  /** When its last entry was made, in milliseconds since the Unix epoch. What came after it nobody has seen. */
  readonly lastTime?: number;
}

/** What `verify` found. The export is whole if there is no fault in it or in any of its logs. */
export interface ExportReport {
  readonly logs: readonly LogReport[];
  readonly faults: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Checks an exported folder; needs neither a server nor its keys. */
export type VerifyExport = (input: {
  readonly folder: string;
  /** Public keys of the logs as signed notes write them, one a line. Without it the folder's own are used, which proves less. */
  readonly vkey?: string;
  readonly witnesses?: readonly string[];
}) => Promise<ExportReport>;

/** What the check of one portable proof found. */
export interface ProofReport {
  readonly origin: string;
  readonly index: number;
  /** Entries under the checkpoint of the proof. */
  readonly size: number;
  readonly witnesses: number;
  /** Absent if the proof holds. */
  readonly fault?: string;
}

export type VerifyProof = (input: {
  readonly proof: Uint8Array;
  readonly entry: Uint8Array;
  readonly vkey: string;
  readonly witnesses?: readonly string[];
}) => Promise<ProofReport>;

/** `export.json` of an exported folder: `logs/N` is the Nth origin. */
export function describeExport({ logs }: { readonly logs: readonly { readonly origin: string }[] }): string {
  const origins = logs.map(({ origin }) => origin);
  return `${JSON.stringify({ format: 1, origins, current: origins.at(-1) ?? null })}\n`;
}
