const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DAY_MS = 86_400_000;

/**
 * Milliseconds since the Unix epoch of `2h` (ago) or an ISO 8601 time, of this machine's zone where it names none. A day stands for
 * its begin, or as an `end` for its last millisecond. Undefined: it is neither.
 */
export function readTime(text: string, now: number, edge: "begin" | "end"): number | undefined {
  const [, amount, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return Math.max(0, now - Number(amount) * (units[unit] ?? DAY_MS));
  const [, year, month, day, clock] =
    /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ?? [];
  // Date.parse takes 30 February for 2 March.
  if (year === undefined || Number(day) > new Date(Number(year), Number(month), 0).getDate()) return undefined;
  const time = Date.parse(clock === undefined ? `${text}T00:00` : text);
  if (Number.isNaN(time) || time < 0) return undefined;
  if (clock !== undefined || edge === "begin") return time;
  // Not 24 hours later: a day on which the clocks change has 23 or 25.
  return new Date(Number(year), Number(month) - 1, Number(day) + 1).getTime() - 1;
}

const two = (value: number) => String(value).padStart(2, "0");

/** ISO 8601 in this machine's zone: `2026-11-25T03:57:30+08:00`. */
export function localTime(time: number, withMilliseconds = false): string {
  const at = new Date(time);
  const east = -at.getTimezoneOffset();
  const zone = `${east < 0 ? "-" : "+"}${two(Math.floor(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}`;
  const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const fraction = withMilliseconds ? `.${String(at.getMilliseconds()).padStart(3, "0")}` : "";
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${fraction}${zone}`;
}
