/** A quarter of a year, UTC. */
export interface Quarter {
  /** E.g. `2026-4`. Names sort as their quarters do. */
  readonly name: string;
  /** Milliseconds since the Unix epoch; the first that belongs to it, and the first that does not. */
  readonly startsAt: number;
  readonly endsAt: number;
}

const MONTHS = 3;

/** @throws RangeError for what is no time between the years 1970 and 9999: names of another length would not sort */
export function quarterOf(at: number): Quarter {
  const date = new Date(at);
  const year = date.getUTCFullYear();
  if (!(at >= 0 && year <= 9999)) throw new RangeError(`not a time that the audit log knows: ${at}`);
  return quarter(year, Math.floor(date.getUTCMonth() / MONTHS));
}

/** @param name of a quarter, as `quarterOf` makes it */
export function quarterNamed(name: string): Quarter {
  const [year, number] = name.split("-");
  return quarter(Number(year), Number(number) - 1);
}

function quarter(year: number, index: number): Quarter {
  return {
    name: `${year}-${index + 1}`,
    startsAt: Date.UTC(year, index * MONTHS),
    endsAt: Date.UTC(year, (index + 1) * MONTHS),
  };
}
