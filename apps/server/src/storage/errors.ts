/** The file does not open with this key, or is not a store at all. The message names the file and the mend. */
export class StoreUnreadable extends Error {
  override readonly name = "StoreUnreadable";
}

/** The file is not there, or nothing is in it, although something was written to it before. To the operator one more unreadable store. */
export class StoreMissing extends StoreUnreadable {
  constructor(path: string) {
    super(`${path} is missing or empty, although it was in use before. Restore it from a backup.`);
  }
}

/** The file was last used by a newer program. */
export class StoreTooNew extends Error {
  override readonly name = "StoreTooNew";
}

/**
 * A batch was not acknowledged although nothing was wrong with it (disk full, read or write error, writer ended).
 * It is absent now; after a restart it may be found whole if the disk failed while it was being flushed.
 */
export class StoreFailed extends Error {
  override readonly name = "StoreFailed";
}
