import type { Actor } from "#kernel";

interface Round {
  readonly running: Promise<void>;
  next: Promise<void> | undefined;
}

/**
 * One round through a person's rooms at a time, and one that waits: it tells what is so when it begins, for everybody who asked
 * meanwhile. Else a client that changes its name ten times in a second writes ten times into each of two thousand rooms.
 */
export function createRounds(announceAll: (actor: Actor) => Promise<void>): (actor: Actor) => Promise<void> {
  const rounds = new Map<string, Round>();
  const begin = (actor: Actor): Promise<void> => {
    const round: Round = {
      running: announceAll(actor).finally(() => {
        if (round.next === undefined) rounds.delete(actor.userId);
      }),
      next: undefined,
    };
    rounds.set(actor.userId, round);
    return round.running;
  };
  return (actor) => {
    const round = rounds.get(actor.userId);
    if (round === undefined) return begin(actor);
    // Whether the round before came to its end is told to those who began it.
    round.next ??= round.running.catch(() => {}).then(() => begin(actor));
    return round.next;
  };
}
