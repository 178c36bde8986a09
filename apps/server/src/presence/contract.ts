import type { Actor } from "#kernel";

export type PresenceName = "online" | "unavailable" | "offline";

export interface PresenceState {
  readonly presence: PresenceName;
  readonly statusMessage?: string;
  /** Milliseconds since the person last did something. */
  readonly lastActiveAgo?: number;
  readonly currentlyActive?: boolean;
}

/** Kept in memory only. Where configuration has it off, everybody is offline, changes are taken and forgotten, and nobody is woken. */
export interface Presence {
  readonly isOn: boolean;
  /** The person says how they are. Without a message the last one goes. */
  set(actor: Actor, presence: PresenceName, statusMessage?: string): void;
  /** A request of this device asks or waits for news until the returned function is called. `offline`: it does not want to be seen by that. */
  connect(actor: Actor, as: PresenceName): () => void;
  /** The person did something, such as saying a word. */
  noteActivity(actor: Actor): void;
  get(userId: string): PresenceState;
  /** Whose presence changed after this count of the shared counter; undefined: so long ago that it is forgotten. */
  changedSince(count: number): readonly string[] | undefined;
  /** Everybody who is not offline. */
  listPresent(): readonly string[];
  /** Called a little later than the changes, with all of them at once. */
  onChange(listener: (userIds: readonly string[]) => void): void;
  /** Leaves nothing of a person, their status message least of all. */
  forget(userId: string): void;
  close(): void;
}
