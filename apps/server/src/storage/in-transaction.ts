import type Database from "better-sqlite3-multiple-ciphers";

/** All of the work or none of it. @throws what the work or the commit throws */
export function inTransaction(db: Database, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    // SQLite ends the transaction by itself on some faults.
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
