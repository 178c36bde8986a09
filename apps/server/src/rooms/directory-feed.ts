import { type Keys, personScope } from "#keys";
import { parseJson } from "@wardroom/matrix-core";
import { nextTurn } from "#kernel";
import type { KnownRooms, PeopleFeed } from "./directory-contract.ts";
import type { MemberStore } from "./member-store.ts";
import type { ProfileStore } from "./profile-store.ts";
import { profileSeal } from "./profiles.ts";
import type { RoomEvent } from "./room-event.ts";
import { SUMMARY_TYPES } from "./state-store.ts";

/** What indexes over all rooms and people hear, from the commit and in its order. */
export interface DirectoryChanges {
  readonly noteEvent: (roomId: string, event: RoomEvent) => void;
  readonly noteRoom: (roomId: string) => void;
  readonly noteName: (userId: string, name: string | undefined) => void;
  readonly onRoom: KnownRooms["onChange"];
  readonly onMembership: PeopleFeed["onMembership"];
  readonly onName: PeopleFeed["onName"];
}

// A redaction may take the words of any of these.
const telling = new Set<string>([...SUMMARY_TYPES, "m.room.member", "m.space.child", "m.room.redaction"]);

export function createDirectoryChanges(): DirectoryChanges {
  const rooms: Parameters<KnownRooms["onChange"]>[0][] = [];
  const memberships: Parameters<PeopleFeed["onMembership"]>[0][] = [];
  const names: Parameters<PeopleFeed["onName"]>[0][] = [];
  const noteRoom = (roomId: string): void => {
    for (const listener of rooms) listener(roomId);
  };
  return {
    noteRoom,
    noteEvent(roomId, event) {
      if (!telling.has(event.type)) return;
      noteRoom(roomId);
      if (event.type !== "m.room.member" || event.stateKey === undefined) return;
      for (const listener of memberships) listener(event.stateKey, roomId, event.content["membership"] === "join");
    },
    noteName(userId, name) {
      for (const listener of names) listener(userId, name);
    },
    onRoom: (listener) => void rooms.push(listener),
    onMembership: (listener) => void memberships.push(listener),
    onName: (listener) => void names.push(listener),
  };
}

interface PeopleParts {
  readonly profileStore: ProfileStore;
  readonly memberStore: MemberStore;
  readonly keys: Keys;
}

/** About two milliseconds' worth. */
const OPENED_AT_A_TIME = 50;

export function createPeopleFeed({ profileStore, memberStore, keys }: PeopleParts, changes: DirectoryChanges): PeopleFeed {
  return {
    async listNames(after, limit) {
      const stored = await profileStore.listNames(after, limit);
      const rows: { userId: string; name: string }[] = [];
      for (const [index, { user_id: userId, value }] of stored.entries()) {
        const text = keys.open(personScope(userId), profileSeal(userId, "displayname"), value);
        const name = text === undefined ? undefined : parseJson(Buffer.from(text).toString("utf8"), { floats: true });
        if (typeof name === "string") rows.push({ userId, name });
        if (index % OPENED_AT_A_TIME === OPENED_AT_A_TIME - 1) await nextTurn();
      }
      return { rows, next: stored.length < limit ? undefined : stored.at(-1)?.user_id };
    },
    listJoined: (after, limit) => memberStore.listJoined(after, limit),
    onMembership: changes.onMembership,
    onName: changes.onName,
  };
}
