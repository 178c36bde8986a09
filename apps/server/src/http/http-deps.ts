import type { AccountData } from "#account-data";
import type { AuditLog } from "#audit";
import type { Directory } from "#directory";
import type { E2ee } from "#e2ee";
import type { Identity } from "#identity";
import type { Clock, Logger, Random, Timers } from "#kernel";
import type { Media } from "#media";
import type { Policy } from "#policy";
import type { Presence } from "#presence";
import type { Push } from "#push";
import type { Rooms } from "#rooms";
import type { Sync } from "#sync";
import type { TurnServer } from "./turn-credentials.ts";

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  readonly publicBaseUrl: string;
  readonly trustedProxies: readonly string[];
  readonly profile: "standard" | "conformance";
  readonly tls?: Certificate;
  /** Undefined: calls go without a relay. */
  readonly turn?: TurnServer;
  /** Whom strangers and members may ask. */
  readonly support?: SupportContacts;
  /** Milliseconds and bytes; what is not given is as `createHttpServer` has it. */
  readonly bounds?: Partial<Bounds>;
}

/** A contact is a user id or an e-mail address. */
export interface SupportContacts {
  readonly admin?: string;
  readonly security?: string;
  readonly page?: string;
}

export interface Certificate {
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
}

export interface Bounds {
  /** Of a request; declarations may state more. */
  readonly bodyBytes: number;
  readonly headersTimeout: number;
  /** Until head and body have come; not how long an answer may take. */
  readonly requestTimeout: number;
  /** A file that arrives may take longer than that, as long as so much of it comes in each such stretch of time. */
  readonly leastUploadBytes: number;
  readonly keepAliveTimeout: number;
  /** How often the two above are looked at. */
  readonly checkInterval: number;
  /** How long running requests may take when the server stops. */
  readonly drain: number;
  readonly connections: number;
  /** How long a client may take nothing of an answer; its connection then ends within twice this time. */
  readonly stall: number;
  /** Of answers that clients have not taken: beyond this nothing large is read for anybody, or nothing for the one account. */
  readonly unsentBytes: number;
  readonly unsentBytesPerAccount: number;
  /** Requests of one account in progress at once for which much is read; a few more wait. Without limit in the conformance profile. */
  readonly heavyReads: number;
}

export interface HttpDeps {
  readonly identity: Identity;
  readonly rooms: Rooms;
  readonly sync: Sync;
  readonly accountData: AccountData;
  readonly e2ee: E2ee;
  readonly media: Media;
  readonly presence: Presence;
  readonly push: Push;
  readonly directory: Directory;
  readonly policy: Policy;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly log: Logger;
  readonly config: HttpConfig;
  readonly random?: Random;
  readonly timers?: Timers;
}
