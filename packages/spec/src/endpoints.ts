import * as account from "./client/account.ts";
import * as accountData from "./client/account-data.ts";
import * as createRoom from "./client/create-room.ts";
import * as discovery from "./client/discovery.ts";
import * as membership from "./client/membership.ts";
import * as presence from "./client/presence.ts";
import * as profile from "./client/profile.ts";
import * as readRoom from "./client/read-room.ts";
import * as receipts from "./client/receipts.ts";
import * as sendEvent from "./client/send-event.ts";
import * as session from "./client/session.ts";
import * as sync from "./client/sync.ts";

/** Every endpoint by the operation's name in the specification's data. */
export const endpoints = {
  ...discovery,
  ...session,
  ...account,
  ...sync,
  ...createRoom,
  ...membership,
  ...sendEvent,
  ...readRoom,
  ...receipts,
  ...profile,
  ...presence,
  ...accountData,
};

export type Endpoints = typeof endpoints;
export type EndpointName = keyof Endpoints;
