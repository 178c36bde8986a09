import type { HandlerDeps, Handlers } from "../handler.ts";
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

/** Every handler of the Client-Server API. */
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
    ...presenceHandlers(),
    ...accountDataHandlers(deps),
  };
}
