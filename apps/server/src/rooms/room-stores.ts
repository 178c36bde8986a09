import type { Statements } from "#storage";
import { createAliasStore } from "./alias-store.ts";
import { createAnnouncementStore } from "./announcement-store.ts";
import { createDepartureStore } from "./departure-store.ts";
import { createEventStore } from "./event-store.ts";
import { createMemberStore } from "./member-store.ts";
import { createProfileStore } from "./profile-store.ts";
import { createAggregateStore } from "./aggregate-store.ts";
import { createReceiptStore } from "./receipt-store.ts";
import { createRelationPageStore } from "./relation-page-store.ts";
import { createRelationStore } from "./relation-store.ts";
import { createRoomStore } from "./room-store.ts";
import { createReportStore } from "./report-store.ts";
import { createStateStore } from "./state-store.ts";
import { createThirdPartyInviteStore } from "./third-party-invite-store.ts";

export type RoomStores = ReturnType<typeof createRoomStores>;

/** Every statement of this module, compiled once. */
export function createRoomStores(statements: Statements) {
  return {
    events: createEventStore(statements),
    roomStore: createRoomStore(statements),
    states: createStateStore(statements),
    memberStore: createMemberStore(statements),
    receiptStore: createReceiptStore(statements),
    relations: createRelationStore(statements),
    relationPages: createRelationPageStore(statements),
    aggregates: createAggregateStore(statements),
    aliases: createAliasStore(statements),
    profileStore: createProfileStore(statements),
    departures: createDepartureStore(statements),
    announcements: createAnnouncementStore(statements),
    reports: createReportStore(statements),
    thirdPartyInvites: createThirdPartyInviteStore(statements),
  };
}
