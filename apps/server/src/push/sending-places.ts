/** Runs what has entered, a bounded number at once, in turn. */
export interface SendingPlaces<T> {
  /** Once more has no effect before it ran. */
  enter(item: T): void;
  leave(item: T): void;
}

const MOST_RUNNING = 64;
/** Pushers may lead to gateways that never answer: no one person takes all of the above. */
const MOST_PER_PERSON = 2;
/** Looked at when a place has become free; what may not run yet moves to the end, so that nobody stands before the others for long. */
const MOST_LOOKED_AT = 200;

/** @param run must not reject */
export function createSendingPlaces<T>(personOf: (item: T) => string, run: (item: T) => Promise<void>): SendingPlaces<T> {
  const waiting = new Set<T>();
  const perPerson = new Map<string, number>();
  let running = 0;

  const take = (): T | undefined => {
    let left = Math.min(MOST_LOOKED_AT, waiting.size);
    for (const item of waiting) {
      if ((left -= 1) < 0) return undefined;
      waiting.delete(item);
      if ((perPerson.get(personOf(item)) ?? 0) < MOST_PER_PERSON) return item;
      waiting.add(item);
    }
    return undefined;
  };
  const next = (): T | undefined => (running < MOST_RUNNING ? take() : undefined);
  const count = (person: string, step: number): void => {
    running += step;
    const own = (perPerson.get(person) ?? 0) + step;
    if (own === 0) perPerson.delete(person);
    else perPerson.set(person, own);
  };
  const pump = (): void => {
    for (let item = next(); item !== undefined; item = next()) {
      const person = personOf(item);
      count(person, 1);
      void run(item).finally(() => {
        count(person, -1);
        pump();
      });
    }
  };
  return {
    enter(item) {
      waiting.add(item);
      pump();
    },
    leave: (item) => void waiting.delete(item),
  };
}
