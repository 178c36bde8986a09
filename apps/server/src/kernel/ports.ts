import type { AuditCode } from "@wardroom/spec";

/** Who acts: an authenticated person on a device. */
export interface Actor {
  readonly userId: string;
  readonly deviceId: string;
  readonly isAdmin: boolean;
  /** Where the request came from, for the audit; absent for what the server does itself. */
  readonly address?: string;
}

/** Who acts at the machine itself. */
export const OPERATOR = "operator";
/** Whoever has shown no account. Text typed as a name may be a password in the wrong field, and a token is a secret: neither is recorded. */
export const UNKNOWN = "unknown";

/** One thing that was done, for the audit log. Ids only, never content. */
export interface AuditRecord {
  readonly event: AuditCode;
  /** A user id, or who acts without one: `operator` at the machine, `unknown`. User ids begin with @, so neither is taken. */
  readonly actor: string;
  readonly deviceId?: string;
  /** Where the request came from. */
  readonly address?: string;
  /** The actor is an administrator, in whichever role: each refusal is an entry of its own. */
  readonly byAdministrator?: boolean;
  /** Done in an administrative role: the entry names its actor for good, also when the person has been erased. */
  readonly asAdministrator?: boolean;
  readonly roomId?: string;
  readonly target?: string;
  readonly eventId?: string;
  /** How many things the act was done to, where one record stands for all of them; 1 if absent. */
  readonly count?: number;
  readonly outcome: "done" | "refused";
  readonly reason?: string;
}

/** Where acts are recorded. `writes` go into the same batch as the act (design D7); `Write` is the store's statement. */
export interface AuditSink<Write> {
  writes(...records: readonly AuditRecord[]): readonly Write[];
  /** A refusal: recorded beside the request, never waited for. */
  refused(record: AuditRecord): void;
  /** A read, in a room whose label asks for it: recorded beside the request, never waited for. */
  observed(record: AuditRecord): void;
}

type Who = Pick<AuditRecord, "actor" | "deviceId" | "address" | "byAdministrator">;

/** Who acts, as the audit names them. */
export function actedBy({ userId, deviceId, address, isAdmin = false }: Omit<Actor, "isAdmin"> & Partial<Pick<Actor, "isAdmin">>): Who {
  return {
    actor: userId,
    // The server goes on with what a stop interrupted without the device that began it.
    ...(deviceId === "" ? {} : { deviceId }),
    ...(address === undefined ? {} : { address }),
    ...(isAdmin ? { byAdministrator: true } : {}),
  };
}
