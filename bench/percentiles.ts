export type Latency = { count: number; p50: number; p95: number; p99: number; p999: number; max: number };

/** The nearest-rank percentile of values sorted in rising order: the smallest value with at least `share` of all at or below it. */
export function percentile(sorted: Float64Array, share: number): number {
  // Without the rounding, 0.999 × 1000 is a hair above 999 and the rank one too high.
  const rank = Math.ceil(Number((sorted.length * share).toFixed(6)));
  return sorted[Math.max(rank, 1) - 1] ?? Number.NaN;
}

export type Samples = { add(value: number): void; summarise(): Latency };

/** Values in a growing typed array: no object per sample on the path that is being measured. */
export function createSamples(): Samples {
  let values = new Float64Array(4096);
  let count = 0;
  return {
    add(value) {
      if (count === values.length) {
        const larger = new Float64Array(values.length * 2);
        larger.set(values);
        values = larger;
      }
      values[count] = value;
      count += 1;
    },
    summarise() {
      const sorted = values.slice(0, count).sort();
      const at = (share: number): number => percentile(sorted, share);
      return { count, p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: at(1) };
    },
  };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
