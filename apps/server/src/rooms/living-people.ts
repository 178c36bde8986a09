import { MatrixError } from "#kernel";
import type { Rooms } from "./contract.ts";

/**
 * What people begin while they have an account, and what is still under way when it ends. A request is let in by its token, and
 * may decide long after: without this an account that is no more could still come into rooms, and put words under a new key.
 */
export interface LivingPeople {
  /** @throws MatrixError M_UNKNOWN_TOKEN for an account that has ended, as its next request is answered */
  run<T>(userId: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when everything is over that began before the account ended. */
  settled(userId: string): Promise<void>;
}

export function createLivingPeople(isDeactivated: (userId: string) => Promise<boolean>): LivingPeople {
  const running = new Map<string, Set<Promise<unknown>>>();
  const leave = (userId: string, work: Promise<unknown>): void => {
    const ofPerson = running.get(userId);
    ofPerson?.delete(work);
    if (ofPerson?.size === 0) running.delete(userId);
  };
  const begin = async <T>(userId: string, work: () => Promise<T>): Promise<T> => {
    if (await isDeactivated(userId)) throw new MatrixError("M_UNKNOWN_TOKEN", "This session has ended.");
    return work();
  };
  return {
    run(userId, work) {
      // Noted before the account is looked at: whoever asks after its end either finds this here, or it finds the end.
      const started = begin(userId, work);
      const ofPerson = running.get(userId) ?? new Set();
      running.set(userId, ofPerson.add(started));
      return started.finally(() => leave(userId, started));
    },
    async settled(userId) {
      const ofPerson = running.get(userId);
      if (ofPerson !== undefined) await Promise.allSettled(ofPerson);
    },
  };
}

type Doors = Pick<Rooms, "createRoom" | "sendState" | "join" | "knock" | "upgradeRoom" | "reportContent" | "setProfileField">;

/** What brings a person into rooms, or seals under keys that are made anew, is for accounts that have not ended. */
export function whileAlive(living: LivingPeople, doors: Doors): Doors {
  return {
    createRoom: (actor, request) => living.run(actor.userId, () => doors.createRoom(actor, request)),
    sendState: (actor, input) =>
      input.type === "m.room.member" ? living.run(actor.userId, () => doors.sendState(actor, input)) : doors.sendState(actor, input),
    join: (actor, input) => living.run(actor.userId, () => doors.join(actor, input)),
    knock: (actor, input) => living.run(actor.userId, () => doors.knock(actor, input)),
    upgradeRoom: (actor, input) => living.run(actor.userId, () => doors.upgradeRoom(actor, input)),
    reportContent: (actor, report) => living.run(actor.userId, () => doors.reportContent(actor, report)),
    setProfileField: (actor, key, value) => living.run(actor.userId, () => doors.setProfileField(actor, key, value)),
  };
}
