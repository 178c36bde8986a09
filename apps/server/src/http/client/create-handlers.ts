import type { HandlerDeps, Handlers } from "../handler.ts";
import { auditHandlers } from "../admin/audit.ts";
import { accountHandlers } from "./account.ts";
import { accountDataHandlers } from "./account-data.ts";
import { createRoomHandlers } from "./create-room.ts";
import { discoveryHandlers } from "./discovery.ts";
import { membershipHandlers } from "./membership.ts";
import { presenceHandlers } from "./presence.ts";
import { profileHandlers } from "./profile.ts";
import { readRoomHandlers } from "./read-room.ts";
import { receiptHandlers } from "./receipts.ts";
import { sendEventHandlers } from "./send-event.ts";
import { sessionHandlers } from "./session.ts";
import { syncHandlers } from "./sync.ts";
import { keysHandlers } from "./keys.ts";
import { toDeviceHandlers } from "./to-device.ts";
import { keyBackupHandlers } from "./key-backup.ts";
import { devicesHandlers } from "./devices.ts";
import { mediaHandlers } from "./media.ts";
import { pushRulesHandlers } from "./push-rules.ts";
import { pushersHandlers } from "./pushers.ts";
import { relationsHandlers } from "./relations.ts";
import { aliasesHandlers } from "./aliases.ts";
import { roomDirectoryHandlers } from "./room-directory.ts";
import { userDirectoryHandlers } from "./user-directory.ts";
import { knockHandlers } from "./knock.ts";
import { upgradeRoomHandlers } from "./upgrade-room.ts";
import { integrationsHandlers } from "./integrations.ts";
import { reportsHandlers } from "./reports.ts";
import { tagsHandlers } from "./tags.ts";
import { searchHandlers } from "./search.ts";
import { keyChangesHandlers } from "./key-changes.ts";

/** Every handler: of the Client-Server API, and of administration. */
export function createHandlers(deps: HandlerDeps): Handlers {
  return {
    ...discoveryHandlers(deps),
    ...sessionHandlers(deps),
    ...accountHandlers(deps),
    ...syncHandlers(deps),
    ...createRoomHandlers(deps),
    ...membershipHandlers(deps),
    ...sendEventHandlers(deps),
    ...readRoomHandlers(deps),
    ...receiptHandlers(deps),
    ...profileHandlers(deps),
    ...presenceHandlers(deps),
    ...accountDataHandlers(deps),
    ...keysHandlers(deps),
    ...toDeviceHandlers(deps),
    ...keyBackupHandlers(deps),
    ...devicesHandlers(deps),
    ...mediaHandlers(deps),
    ...pushRulesHandlers(deps),
    ...pushersHandlers(deps),
    ...relationsHandlers(deps),
    ...aliasesHandlers(deps),
    ...roomDirectoryHandlers(deps),
    ...userDirectoryHandlers(deps),
    ...knockHandlers(deps),
    ...upgradeRoomHandlers(deps),
    ...integrationsHandlers(deps),
    ...reportsHandlers(deps),
    ...tagsHandlers(deps),
    ...searchHandlers(deps),
    ...keyChangesHandlers(deps),
    ...auditHandlers(deps),
  };
}
