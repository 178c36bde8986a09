import type { JsonObject } from "@wardroom/matrix-core";
import { type Actor, MatrixError, nextTurn, RawJson } from "#kernel";
import type { Rooms } from "./contract.ts";
import { membershipIn } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Reader } from "./visibility.ts";

const array = (texts: readonly string[]): RawJson => new RawJson(`[${texts.join(",")}]`);

/** About two milliseconds' worth. */
const SHOWN_AT_A_TIME = 500;

/** Ten thousand members are forty milliseconds of work: others have their turn in between. */
async function shownTexts(reader: Reader, actor: Actor, events: readonly RoomEvent[]): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const event of events) {
    texts.push(reader.showState(event).clientJson(actor, "room"));
    if (texts.length % SHOWN_AT_A_TIME === 0) await nextTurn();
  }
  return texts;
}

/** Events of the state that this reader may know, or a refusal. */
export function stateEnd(reader: Reader): number {
  if (reader.stateUntil === undefined) throw new MatrixError("M_FORBIDDEN", "You are not in this room.");
  return reader.stateUntil;
}

/** Event, state and members: what can be asked of a room at a point. */
export function createRoomReads({
  bundle,
  findVisible,
  visibility,
  stateReads,
}: RoomsContext): Pick<Rooms, "getEvent" | "listState" | "getState" | "listMembers" | "joinedMembers"> {
  return {
    async getEvent(actor, roomId, eventId) {
      const reader = await visibility.findReader(actor.userId, roomId);
      const event = reader === undefined ? undefined : await findVisible(reader, eventId);
      if (reader === undefined || event === undefined)
        throw new MatrixError("M_NOT_FOUND", "There is no such event, or you may not see it.");
      const [shown = event] = await bundle(reader, [event]);
      return new RawJson(shown.clientJson(actor, "room"));
    },
    async listState(actor, roomId) {
      const reader = await visibility.reader(actor.userId, roomId);
      return array(await shownTexts(reader, actor, await stateReads.all(reader.room, stateEnd(reader))));
    },
    async getState(actor, roomId, type, stateKey, format) {
      const reader = await visibility.reader(actor.userId, roomId);
      const event = await stateReads.one(reader.room, type, stateKey, stateEnd(reader));
      if (event === undefined) throw new MatrixError("M_NOT_FOUND", "The room has no such state.");
      return new RawJson(format === "event" ? reader.showState(event).clientJson(actor, "room") : JSON.stringify(event.content));
    },
    async listMembers(actor, roomId, query) {
      const reader = await visibility.reader(actor.userId, roomId);
      const until = Math.min(query.atPosition ?? Number.MAX_SAFE_INTEGER, stateEnd(reader));
      // Who was here before one's time is not told, as little as what they said.
      if (!reader.sees(until)) throw new MatrixError("M_FORBIDDEN", "You may not see the room as it was then.");
      const { membership, notMembership } = query;
      const isUnfiltered = membership === undefined && notMembership === undefined;
      const members = (await stateReads.allMembers(reader.room, until)).filter((event) => {
        // Both filters together are an "or", as the specification says.
        const is = membershipIn(event);
        return isUnfiltered || is === membership || (notMembership !== undefined && is !== notMembership);
      });
      return array(await shownTexts(reader, actor, members));
    },
    async joinedMembers(actor, roomId) {
      const reader = await visibility.reader(actor.userId, roomId);
      if (reader.membership?.membership !== "join") throw new MatrixError("M_FORBIDDEN", "You are not in this room.");
      const joined: string[] = [];
      for (const userId of reader.room.durable.joined) {
        const content: JsonObject = reader.room.durable.state.get("m.room.member", userId)?.content ?? {};
        // @NOTSPEC: `null` for no name, as other servers answer. matrix-nio takes no member without the key, and then encrypts nothing.
        const member = { display_name: textOf(content["displayname"]) ?? null, avatar_url: textOf(content["avatar_url"]) };
        joined.push(`${JSON.stringify(userId)}:${JSON.stringify(member)}`);
      }
      return new RawJson(`{${joined.join(",")}}`);
    },
  };
}

const textOf = (value: JsonObject[string] | undefined): string | undefined => (typeof value === "string" ? value : undefined);

export function createListMessages({ bundle, visibility, scanTimeline, stateReads }: RoomsContext): Rooms["listMessages"] {
  return async (actor, roomId, query) => {
    const reader = await visibility.reader(actor.userId, roomId);
    const end = stateEnd(reader);
    const isBackwards = query.direction === "b";
    const start = query.from ?? (isBackwards ? end : 0);
    const range = isBackwards ? { after: query.to ?? 0, until: start } : { after: start, until: query.to ?? Number.MAX_SAFE_INTEGER };
    const scan = { direction: query.direction, ...range, limit: query.limit, matches: query.matches };
    const { events, isWhole, reached } = await scanTimeline(reader, scan);
    const senders = query.lazyLoadMembers === true ? [...new Set(events.map(({ sender }) => sender))] : [];
    const members = await stateReads.members(
      reader.room,
      Math.min(end, (isBackwards ? events[0] : events.at(-1))?.position ?? end),
      senders,
    );
    return {
      chunk: (await bundle(reader, events)).map((event) => event.clientJson(actor, "room")),
      start,
      end: isWhole ? undefined : reached,
      state: members.map((event) => reader.showState(event).clientJson(actor, "room")),
    };
  };
}
