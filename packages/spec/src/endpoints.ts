import * as adminAudit from "./admin/audit.ts";
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
import * as keys from "./client/keys.ts";
import * as toDevice from "./client/to-device.ts";
import * as keyBackup from "./client/key-backup.ts";
import * as devices from "./client/devices.ts";
import * as media from "./client/media.ts";
import * as pushRules from "./client/push-rules.ts";
import * as pushers from "./client/pushers.ts";
import * as relations from "./client/relations.ts";
import * as aliases from "./client/aliases.ts";
import * as roomDirectory from "./client/room-directory.ts";
import * as userDirectory from "./client/user-directory.ts";
import * as knock from "./client/knock.ts";
import * as upgradeRoom from "./client/upgrade-room.ts";
import * as integrations from "./client/integrations.ts";
import * as reports from "./client/reports.ts";
import * as tags from "./client/tags.ts";
import * as search from "./client/search.ts";
import * as keyChanges from "./client/key-changes.ts";

/** Every endpoint by the operation's name in the specification's data; those of administration, which are not in it, by their own. */
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
  ...keys,
  ...toDevice,
  ...keyBackup,
  ...devices,
  ...media,
  ...pushRules,
  ...pushers,
  ...relations,
  ...aliases,
  ...roomDirectory,
  ...userDirectory,
  ...knock,
  ...upgradeRoom,
  ...integrations,
  ...reports,
  ...tags,
  ...search,
  ...keyChanges,
  ...adminAudit,
};

export type Endpoints = typeof endpoints;
export type EndpointName = keyof Endpoints;
