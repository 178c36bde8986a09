// The package's own types are not reachable through its "exports" under nodenext. This is the part in use,
// with `unknown` where the package says `any`.
declare module "better-sqlite3-multiple-ciphers" {
  namespace Database {
    interface RunResult {
      readonly changes: number;
      readonly lastInsertRowid: number | bigint;
    }
    interface Statement {
      readonly reader: boolean;
      run(...params: readonly unknown[]): RunResult;
      get(...params: readonly unknown[]): unknown;
      all(...params: readonly unknown[]): unknown[];
      iterate(...params: readonly unknown[]): IterableIterator<unknown>;
      pluck(toggle?: boolean): Statement;
    }
    interface Options {
      readonly readonly?: boolean;
      readonly fileMustExist?: boolean;
      readonly timeout?: number;
    }
  }
  class SqliteError extends Error {
    readonly code: string;
  }
  class Database {
    static readonly SqliteError: typeof SqliteError;
    constructor(filename: string, options?: Database.Options);
    readonly inTransaction: boolean;
    readonly open: boolean;
    prepare(sql: string): Database.Statement;
    exec(sql: string): this;
    pragma(source: string, options?: { readonly simple?: boolean }): unknown;
    key(key: Buffer): number;
    close(): this;
  }
  export default Database;
}
