import { type Actor, MatrixError } from "#kernel";
import type { Rooms } from "./contract.ts";
import type { RoomsContext } from "./rooms-context.ts";

export interface Typing {
  readonly set: Rooms["setTyping"];
  of(roomId: string): { readonly users: readonly string[]; readonly changedAt: number };
  /** Stops a person who left or was removed from being shown as typing. */
  drop(roomId: string, userId: string): void;
  counter(): number;
}

const LONGEST_MS = 120_000;

interface RoomTyping {
  readonly users: Map<string, { cancel(): void }>;
  changedAt: number;
}

/** Who types where. In memory only, with a counter of its own: nothing of it survives a restart (design D5). */
export function createTyping(
  { visibility, timers, ephemeral }: Pick<RoomsContext, "visibility" | "timers" | "ephemeral">,
  onChange: (roomId: string) => void,
): Typing {
  const rooms = new Map<string, RoomTyping>();

  const changed = (roomId: string, room: RoomTyping): void => {
    room.changedAt = ephemeral.next();
    onChange(roomId);
  };
  const drop = (roomId: string, userId: string): void => {
    const room = rooms.get(roomId);
    const timer = room?.users.get(userId);
    if (room === undefined || timer === undefined) return;
    timer.cancel();
    room.users.delete(userId);
    changed(roomId, room);
  };
  const start = (actor: Actor, roomId: string, timeoutMs: number): void => {
    const room = rooms.get(roomId) ?? { users: new Map(), changedAt: 0 };
    rooms.set(roomId, room);
    const before = room.users.get(actor.userId);
    before?.cancel();
    room.users.set(
      actor.userId,
      timers.after(Math.min(Math.max(timeoutMs, 1), LONGEST_MS), () => drop(roomId, actor.userId)),
    );
    // Typing on is no news: the list of people stays the same.
    if (before === undefined) changed(roomId, room);
  };
  return {
    async set(actor, roomId, typing, timeoutMs) {
      const reader = await visibility.reader(actor.userId, roomId);
      if (reader.membership?.membership !== "join") throw new MatrixError("M_FORBIDDEN", "You are not in this room.");
      if (typing) start(actor, roomId, timeoutMs);
      else drop(roomId, actor.userId);
    },
    of(roomId) {
      const room = rooms.get(roomId);
      return { users: room === undefined ? [] : [...room.users.keys()], changedAt: room?.changedAt ?? 0 };
    },
    drop,
    counter: () => ephemeral.value(),
  };
}
