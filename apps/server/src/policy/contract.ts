import type { Actor } from "#kernel";

/** What an action is done to. `id` is a room id, a user id, a device id, or empty for the server itself. */
export interface Resource {
  readonly type: "server" | "room" | "user" | "device";
  readonly id: string;
}

/** Who asks. `state` is absent for an account in good standing. */
export interface Subject extends Actor {
  readonly state?: "locked" | "deactivated";
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly rule: string };

export interface Policy {
  /** Names the set of rules that decides: 16 hex digits of its SHA-256. Stands in every audit entry that it decided. */
  readonly setId: string;
  /** Synchronous, over facts that are already loaded (design D7). Unknown actions are denied. */
  decide(actor: Subject | undefined, action: string, resource: Resource): Decision;
}
