import { type Compilable, DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import type { Param, SqlValue, Write } from "./contract.ts";

/** SQL text and what fills its question marks: a named parameter or a constant of the builder. */
export interface CompiledStatement {
  readonly id: number;
  readonly sql: string;
  /** The values for the question marks, in order. @throws TypeError for a parameter that is missing or of a type no engine stores. */
  bind(params: unknown): Param[];
}

/** Stands in a query for a parameter. Using it as a value inside a builder is a mistake that shows at start. */
class Placeholder {
  readonly parameter: string;
  constructor(parameter: string) {
    this.parameter = parameter;
  }
  [Symbol.toPrimitive](): never {
    throw new TypeError(`parameter ${this.parameter} has no value while statements are built`);
  }
}

const dialect = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
};

export function compileStatement<Tables>(id: number, build: (db: Kysely<Tables>, p: never) => Compilable): CompiledStatement {
  const names = new Proxy({}, { get: (_, name) => new Placeholder(String(name)) });
  // The builder only hands these on to the query, and Placeholder throws on every other use.
  const { sql, parameters } = build(new Kysely<Tables>({ dialect }), names as never).compile();
  const slots = parameters.map((value) => (value instanceof Placeholder ? value : { constant: checkValue(value, sql) }));
  return {
    id,
    sql,
    bind: (params) =>
      slots.map((slot) =>
        slot instanceof Placeholder ? checkParam(property(params, slot.parameter), slot.parameter, sql) : slot.constant,
      ),
  };
}

/** Makes the statement of a batch. */
export function makeWrite(statement: CompiledStatement, params: unknown, expect: number | undefined): Write {
  const bound = { statement: statement.id, params: statement.bind(params) };
  return expect === undefined ? bound : { ...bound, expect };
}

/** For reads: the same values without places in the feed. */
export function bindRead(statement: CompiledStatement, params: unknown): SqlValue[] {
  return statement.bind(params).map((value) => checkValue(value, statement.sql));
}

function property(params: unknown, name: string): unknown {
  // Only names that stand in a builder are asked for, so no name comes from outside.
  return typeof params === "object" && params !== null ? (params as Readonly<Record<string, unknown>>)[name] : undefined;
}

function checkParam(value: unknown, name: string, sql: string): Param {
  if (typeof value === "object" && value !== null && "position" in value && Number.isSafeInteger(value.position)) {
    return { position: Number(value.position) };
  }
  return checkValue(value, sql, name);
}

function checkValue(value: unknown, sql: string, name = "a constant"): SqlValue {
  if (value === null || typeof value === "string" || value instanceof Uint8Array) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new TypeError(`${name} must be null, a finite number, text or bytes, not ${typeof value}, in: ${sql}`);
}
