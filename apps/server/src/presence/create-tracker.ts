import type { Clock, Counter, Timers } from "#kernel";
import { createChangeLog } from "./change-log.ts";
import type { Presence, PresenceState } from "./contract.ts";
import { createPerson, GRACE_MS, isSame, judge, type Person, touchDevice } from "./person.ts";

export interface TrackerDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ephemeral: Counter;
  readonly mostPeople?: number;
}

/** Changes are gathered this long: in the morning everybody comes at once. */
const GATHER_MS = 200;
/** How often it is looked who went idle or away. */
const SWEEP_MS = 10_000;
const MOST_PEOPLE = 20_000;

/** Who is there. A request costs a few assignments; going idle or away is noticed by one sweep over those who are present. */
export function createTracker(deps: TrackerDeps): Presence {
  const { clock } = deps;
  const people = createPeople(deps);
  return {
    isOn: true,
    set({ userId, deviceId }, presence, statusMessage) {
      const [person, now] = [people.get(userId), clock.now()];
      person.lastActive = now;
      person.statusMessage = statusMessage;
      if (presence === "offline") person.devices.delete(deviceId);
      else touchDevice(person, deviceId, presence, now);
      people.show(userId, person);
    },
    connect({ userId, deviceId }, as) {
      if (as === "offline") return () => {};
      const person = people.get(userId);
      if (person.shown.presence === "offline") person.lastActive = clock.now();
      const device = touchDevice(person, deviceId, as, clock.now());
      device.connected += 1;
      people.show(userId, person);
      return () => {
        device.connected -= 1;
        device.until = clock.now() + GRACE_MS;
      };
    },
    noteActivity({ userId, deviceId }) {
      const person = people.find(userId);
      if (person === undefined) return;
      person.lastActive = clock.now();
      // Whoever speaks is not idle, whatever their device said a while ago.
      if (person.devices.has(deviceId)) touchDevice(person, deviceId, "online", clock.now());
      people.show(userId, person);
    },
    get: (userId) => stateOf(people.find(userId), clock.now()),
    changedSince: (count) => people.changedSince(count),
    listPresent: () => people.listPresent(),
    onChange: (listener) => people.onChange(listener),
    forget(userId) {
      const person = people.find(userId);
      if (person !== undefined) people.drop(userId, person);
    },
    close: () => people.close(),
  };
}

/** The people in memory, and what others were told of them. */
function createPeople({ clock, timers, ephemeral, mostPeople = MOST_PEOPLE }: TrackerDeps) {
  const people = new Map<string, Person>();
  const present = new Set<string>();
  const log = createChangeLog(mostPeople);
  const news = createNews(timers);
  let sweeping: { cancel(): void } | undefined;

  const show = (userId: string, person: Person): void => {
    const shown = judge(person, clock.now());
    if (isSame(shown, person.shown)) return;
    person.shown = shown;
    if (shown.presence === "offline") present.delete(userId);
    else present.add(userId);
    log.note(userId, ephemeral.next());
    news.add(userId);
    sweeping ??= timers.after(SWEEP_MS, sweep);
  };
  const sweep = (): void => {
    sweeping = undefined;
    for (const userId of present) {
      const person = people.get(userId);
      if (person !== undefined) show(userId, person);
    }
    if (present.size > 0) sweeping ??= timers.after(SWEEP_MS, sweep);
  };
  const drop = (userId: string, person: Person): void => {
    person.devices.clear();
    person.statusMessage = undefined;
    show(userId, person);
    people.delete(userId);
  };
  return {
    show,
    drop,
    find: (userId: string) => people.get(userId),
    get(userId: string): Person {
      const known = people.get(userId);
      if (known !== undefined) return known;
      const [oldest] = people;
      if (people.size >= mostPeople && oldest !== undefined) drop(...oldest);
      const person = createPerson();
      people.set(userId, person);
      return person;
    },
    changedSince: (count: number) => log.since(count),
    listPresent: () => [...present],
    onChange: (listener: (userIds: readonly string[]) => void) => void news.listeners.push(listener),
    close() {
      sweeping?.cancel();
      news.close();
    },
  };
}

function stateOf(person: Person | undefined, now: number): PresenceState {
  if (person === undefined) return { presence: "offline" };
  const { shown, lastActive } = person;
  return {
    presence: shown.presence,
    lastActiveAgo: Math.max(0, now - lastActive),
    ...(shown.statusMessage === undefined ? {} : { statusMessage: shown.statusMessage }),
    ...(shown.presence === "online" ? { currentlyActive: shown.currentlyActive } : {}),
  };
}

/** Gathers whose presence changed, and tells it once. */
function createNews(timers: Timers) {
  const listeners: ((userIds: readonly string[]) => void)[] = [];
  let gathered = new Set<string>();
  let timer: { cancel(): void } | undefined;
  const tell = () => {
    timer = undefined;
    const told = [...gathered];
    gathered = new Set();
    for (const listener of listeners) listener(told);
  };
  return {
    listeners,
    add(userId: string) {
      gathered.add(userId);
      timer ??= timers.after(GATHER_MS, tell);
    },
    close: () => timer?.cancel(),
  };
}
