import { type Clock, type Random, randomToken } from "#kernel";

/**
 * Ids that sort in the order in which this process made them, also when the clock is set back or stands still, and that no other
 * process or earlier run can have made: a clash would fail the batch of an innocent act.
 */
export function createRecordIds(clock: Clock, random: Random): () => string {
  let lastAt = 0;
  let serial = 0;
  return () => {
    const at = Math.max(clock.now(), lastAt);
    serial = at === lastAt ? serial + 1 : 0;
    lastAt = at;
    return `${at.toString(36).padStart(9, "0")}${serial.toString(36).padStart(5, "0")}${randomToken(random, 6)}`;
  };
}
