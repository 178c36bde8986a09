import type { RoomVersion } from "./contract.ts";

const version10: RoomVersion = { id: "10", creatorsRule: false, roomIdIsCreateHash: false, redactsInContent: false };
const version11: RoomVersion = { id: "11", creatorsRule: false, roomIdIsCreateHash: false, redactsInContent: true };
const version12: RoomVersion = { id: "12", creatorsRule: true, roomIdIsCreateHash: true, redactsInContent: true };

/** Older versions are not built: no old rooms exist here, so that their rules would be pure risk. */
export const roomVersions: readonly RoomVersion[] = [version10, version11, version12];

/** Servers should create version 12 (Matrix 1.16 and later). */
export const defaultRoomVersion: RoomVersion = version12;

export const findRoomVersion = (id: string): RoomVersion | undefined => roomVersions.find((version) => version.id === id);

/** Before version 11 the content of the create event names the creator; since then its sender is the creator. */
export const namesCreatorInContent = (version: RoomVersion): boolean => !version.redactsInContent;

/** `!` and the create event's id without its `$` (room version 12). */
export const roomIdOfCreate = (eventId: string): string => `!${eventId.slice(1)}`;
