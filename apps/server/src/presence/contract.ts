export interface PresenceState {
  readonly presence: "online" | "unavailable" | "offline";
  readonly statusMessage?: string;
  readonly lastActiveAgo?: number;
  readonly currentlyActive?: boolean;
}

/** Kept in memory only. Where configuration has it off, everybody is offline, changes are taken and forgotten, and nobody is woken. */
export interface Presence {
  readonly isOn: boolean;
}
