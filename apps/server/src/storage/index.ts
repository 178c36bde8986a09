export { Conflict, position, positionKey } from "./contract.ts";
export type { Batch, Committed, Migration, Param, PositionOffset, Statements, Storage, Write } from "./contract.ts";
export { StoreMissing } from "./errors.ts";
export { inTransaction } from "./in-transaction.ts";
export { openDatabase } from "./open-database.ts";
export { openStorage, type StorageOptions } from "./open-storage.ts";
export { retryConflicts } from "./retry-conflicts.ts";
