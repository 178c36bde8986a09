import type { Actor } from "#kernel";
import type { Presence } from "#presence";
import type { RoomFeed } from "#rooms";
import type { Storage } from "#storage";
import type { StreamToken } from "./contract.ts";
import { nobodyTypesIn } from "./ephemeral.ts";

interface IsCurrentDependencies {
  readonly feed: RoomFeed;
  readonly presence: Pick<Presence, "isOn">;
  readonly storage: Pick<Storage, "durablePosition">;
}

const nobody: ReadonlySet<string> = new Set();

/**
 * Whether nothing at all has happened since the token, to anybody: then a look would find nothing. A large room that has just been
 * told of a message asks again at once, and each of those looks cost as much as the one with the message in it.
 */
export async function isCurrent({ feed, presence, storage }: IsCurrentDependencies, actor: Actor, since: StreamToken): Promise<boolean> {
  if (!since.sameBoot || since.position !== storage.durablePosition() || since.toDevice !== since.position) return false;
  const counter = feed.ephemeralCounter();
  if (presence.isOn && since.presence !== counter) return false;
  if (since.ephemeral !== undefined) return since.ephemeral === counter;
  return nobodyTypesIn({ feed, ignored: nobody }, (await feed.membershipsOf(actor.userId)).values());
}
