import type { AccountData, AccountDataRow } from "#account-data";
import type { E2eeFeed } from "#e2ee";
import type { Presence } from "#presence";
import type { DeviceListChanges } from "./device-lists.ts";
import { deviceSection } from "./device-section.ts";
import { presenceEvents } from "./presence-section.ts";
import { nobodyTypesIn } from "./ephemeral.ts";
import { joinedSection } from "./joined-section.ts";
import { leftSection } from "./left-section.ts";
import { forEachBounded, type Pass } from "./pass.ts";
import { eventList } from "./section-text.ts";
import { selectRooms, type Visit } from "./select-rooms.ts";
import { strippedSection } from "./stripped-section.ts";

export interface Answer {
  /** Nothing happened that this client wants to know. */
  readonly isEmpty: boolean;
  /** Its members, but for those of the device's keys. */
  readonly text: string;
  /** Messages to the device up to here are in this answer or were in earlier ones. */
  readonly toDevice: number;
}

type RoomAccountData = ReadonlyMap<string, readonly AccountDataRow[]>;

/** Where an answer comes from, beside the rooms. */
export interface AnswerSources {
  readonly accountData: AccountData;
  readonly e2ee: E2eeFeed;
  readonly presence: Presence;
  readonly deviceListChanges: DeviceListChanges;
}

/** The token of an answer, by whether nobody types in any of the reader's rooms when everything is read, and how far messages to the device reach. */
type NextBatch = (nobodyTypes: boolean, toDevice: number) => string;

/** Looks once and writes the whole answer. */
export async function assembleAnswer(pass: Pass, sources: AnswerSources, nextBatch: NextBatch): Promise<Answer> {
  const { accountData, e2ee, presence, deviceListChanges } = sources;
  const { feed, actor, since, until, initial } = pass;
  const [memberships, listed] = await Promise.all([feed.membershipsOf(actor.userId), accountData.listChanged(actor.userId, since, until)]);
  // The default push rules have position 0: to a token of a store without any event they would be news for ever.
  const rows = initial ? listed : listed.filter(({ position }) => position > since);
  const ofRooms = byRoom(rows);
  const { visits, ...moves } = await selectRooms(pass, memberships, ofRooms);
  const freshly = !initial && visits.some((visit) => visit.kind === "join" && visit.fresh);
  const ofFreshRooms = freshly ? byRoom(await accountData.listChanged(actor.userId, 0, until)) : ofRooms;
  const rooms = await roomSections(pass, visits, (visit) => (visit.kind === "join" && visit.fresh ? ofFreshRooms : ofRooms));
  const global = rows.filter(({ roomId, type }) => roomId === undefined && pass.filter.accountData(type)).map(accountDataText);
  const present = await presenceEvents(pass, presence);
  const device = await deviceSection(pass, e2ee, moves, deviceListChanges);
  const parts = [
    `"next_batch":"${nextBatch(nobodyTypesIn(pass, memberships.values()), device.toDevice)}"`,
    ...(rooms === "" ? [] : [`"rooms":{${rooms}}`]),
    ...(global.length === 0 ? [] : [`"account_data":${eventList(global.join(","))}`]),
    ...(present.length === 0 ? [] : [`"presence":${eventList(present.join(","))}`]),
    ...device.parts,
  ];
  const isEmpty = rooms === "" && global.length === 0 && present.length === 0 && device.isEmpty;
  return { isEmpty, toDevice: device.toDevice, text: parts.join(",") };
}

function byRoom(rows: readonly AccountDataRow[]): RoomAccountData {
  const rooms = new Map<string, AccountDataRow[]>();
  for (const row of rows) {
    if (row.roomId === undefined) continue;
    const ofRoom = rooms.get(row.roomId) ?? [];
    ofRoom.push(row);
    rooms.set(row.roomId, ofRoom);
  }
  return rooms;
}

const accountDataText = ({ type, contentJson }: AccountDataRow) => `{"type":${JSON.stringify(type)},"content":${contentJson}}`;

async function roomSections(pass: Pass, visits: readonly Visit[], dataFor: (visit: Visit) => RoomAccountData): Promise<string> {
  const sections: Record<Visit["kind"], string[]> = { join: [], invite: [], knock: [], leave: [] };
  await forEachBounded(visits, async (visit) => {
    const { roomId } = visit;
    const data = (dataFor(visit).get(roomId) ?? []).filter(({ type }) => pass.filter.roomAccountData(type, roomId)).map(accountDataText);
    const text = await visitSection(pass, visit, data);
    if (text !== undefined) sections[visit.kind].push(`${JSON.stringify(roomId)}:${text}`);
  });
  return Object.entries(sections)
    .filter(([, texts]) => texts.length > 0)
    .map(([kind, texts]) => `"${kind}":{${texts.join(",")}}`)
    .join(",");
}

function visitSection(pass: Pass, visit: Visit, data: readonly string[]): Promise<string | undefined> {
  if (visit.kind === "join") return joinedSection(pass, visit, data);
  return visit.kind === "leave" ? leftSection(pass, visit, data) : strippedSection(pass, visit);
}
