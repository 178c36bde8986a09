import { busy } from "./errors.ts";

/** One piece of work after another, for each person in turn: whoever asks for many waits for their own, and nobody else does. */
export interface Turns {
  /** @throws MatrixError M_LIMIT_EXCEEDED; what `work` throws */
  take<T>(person: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when all that was begun is over. */
  over(): Promise<void>;
}

export interface TurnLimits {
  /** Of all people together, with the one that is running, as the next. */
  readonly waiting: number;
  readonly waitingPerPerson: number;
}

export function createTurns({ waiting: most, waitingPerPerson }: TurnLimits): Turns {
  /** In the order in which it is their turn. */
  const people = new Map<string, (() => Promise<void>)[]>();
  const counts = new Map<string, number>();
  let [total, running] = [0, Promise.resolve()];
  let isRunning = false;

  const next = (): (() => Promise<void>) | undefined => {
    const [first] = people;
    if (first === undefined) return undefined;
    const [person, [work, ...rest]] = first;
    people.delete(person);
    if (rest.length > 0) people.set(person, rest);
    return work;
  };
  const runAll = async (): Promise<void> => {
    for (let work = next(); work !== undefined; work = next()) await work();
    isRunning = false;
  };
  const count = (person: string, step: number): void => {
    total += step;
    const own = (counts.get(person) ?? 0) + step;
    if (own === 0) counts.delete(person);
    else counts.set(person, own);
  };
  return {
    async take<T>(person: string, work: () => Promise<T>) {
      if (total >= most || (counts.get(person) ?? 0) >= waitingPerPerson) throw busy("Too many pictures are being made. Try again later.");
      count(person, 1);
      const { promise: result, resolve, reject } = Promise.withResolvers<Awaited<T>>();
      const run = async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      };
      people.set(person, [...(people.get(person) ?? []), run]);
      if (!isRunning) {
        isRunning = true;
        running = runAll();
      }
      try {
        return await result;
      } finally {
        count(person, -1);
      }
    },
    over: () => running,
  };
}
