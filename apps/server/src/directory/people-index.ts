import { parseUserId } from "@wardroom/matrix-core";
import { foldText } from "#kernel";
import type { Identity } from "#identity";
import type { PeopleFeed } from "#rooms";

/** One account. Names are folded. */
export interface Person {
  readonly userId: string;
  readonly localpart: string;
  readonly name: string;
  /** Joined ones; only where searches ask for them. */
  readonly rooms: readonly string[];
}

export interface PeopleIndex {
  /** Complete once `load` has resolved. */
  people(): Iterable<Person>;
  remove(userId: string): void;
  /** Reads everybody from the store, once; at a failure, once more at the next call. */
  load(): Promise<void>;
  close(): void;
}

export interface PeopleIndexDeps {
  readonly feed: PeopleFeed;
  readonly identity: Pick<Identity, "listAccounts" | "onAccountCreated">;
  readonly withRooms: boolean;
}

const PAGE = 5000;

type Change = (index: Entries) => void;

/** About 300 bytes a person, and eight for each room that they are in. */
export function createPeopleIndex({ feed, identity, withRooms }: PeopleIndexDeps): PeopleIndex {
  const entries = createEntries();
  // What is committed while the store is read is applied after it, in order: what was read may be older.
  let missed: Change[] | undefined;
  let loaded: Promise<void> | undefined;
  let isClosed = false;
  const apply = (change: Change): void => {
    if (missed === undefined) change(entries);
    else missed.push(change);
  };
  identity.onAccountCreated((userId) => apply((index) => index.add(userId)));
  feed.onName((userId, name) => apply((index) => index.rename(userId, name ?? "")));
  if (withRooms) feed.onMembership((userId, roomId, isJoined) => apply((index) => index.move(userId, roomId, isJoined)));

  const read = async (): Promise<void> => {
    missed = [];
    entries.clear();
    for (const { userId, state } of await identity.listAccounts()) if (state === "active") entries.add(userId);
    await readNames(feed, entries, () => isClosed);
    if (withRooms) await readRooms(feed, entries, () => isClosed);
    const changes = missed;
    missed = undefined;
    for (const change of changes) change(entries);
  };
  return {
    people: () => entries.all(),
    remove: (userId) => apply((index) => index.remove(userId)),
    load() {
      loaded ??= read().catch((error: unknown) => {
        loaded = undefined;
        throw error;
      });
      return loaded;
    },
    close() {
      isClosed = true;
    },
  };
}

async function readNames(feed: PeopleFeed, entries: Entries, isClosed: () => boolean): Promise<void> {
  let after: string | undefined = "";
  while (after !== undefined && !isClosed()) {
    const page: Awaited<ReturnType<PeopleFeed["listNames"]>> = await feed.listNames(after, PAGE);
    for (const { userId, name } of page.rows) entries.rename(userId, name);
    after = page.next;
  }
}

async function readRooms(feed: PeopleFeed, entries: Entries, isClosed: () => boolean): Promise<void> {
  for (let after = { userId: "", roomId: "" }; !isClosed();) {
    const rows = await feed.listJoined(after, PAGE);
    for (const { userId, roomId } of rows) entries.move(userId, roomId, true);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last;
  }
}

type Entries = ReturnType<typeof createEntries>;
type Entry = { -readonly [Key in keyof Person]: Person[Key] } & { rooms: string[] };

function createEntries() {
  const people = new Map<string, Entry>();
  // Every row brings a copy of its room's id: one is kept.
  const roomIds = new Map<string, string>();
  const intern = (roomId: string): string => {
    const known = roomIds.get(roomId);
    if (known === undefined) roomIds.set(roomId, roomId);
    return known ?? roomId;
  };
  return {
    all: (): Iterable<Person> => people.values(),
    clear: () => people.clear(),
    remove: (userId: string) => void people.delete(userId),
    add(userId: string): void {
      const localpart = foldText(parseUserId(userId)?.localpart ?? "");
      if (!people.has(userId)) people.set(userId, { userId, localpart, name: "", rooms: [] });
    },
    rename(userId: string, name: string): void {
      const person = people.get(userId);
      if (person !== undefined) person.name = foldText(name);
    },
    move(userId: string, roomId: string, isJoined: boolean): void {
      const rooms = people.get(userId)?.rooms;
      const at = rooms?.indexOf(roomId) ?? -1;
      if (isJoined && at < 0) rooms?.push(intern(roomId));
      else if (!isJoined && at >= 0) rooms?.splice(at, 1);
    },
  };
}
