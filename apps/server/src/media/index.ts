import type { AuditSink, Clock, Logger, Random } from "#kernel";
import type { Keys } from "#keys";
import type { Migration, Storage, Write } from "#storage";

export const mediaMigrations: readonly Migration[] = [];

export interface MediaDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly serverName: string;
  readonly audit: AuditSink<Write>;
  /** Folder of the sealed files. */
  readonly folder: string;
}

export interface Media {
  close(): Promise<void>;
}

export function createMedia(_deps: MediaDeps): Media {
  return { close: () => Promise.resolve() };
}
