import type { Presence, PresenceState } from "#presence";
import { shareRoom } from "#rooms";
import { forEachBounded, type Pass } from "./pass.ts";

/** Whom a client is told after another boot, at most: everybody was away for a moment, and who did not come back must not stay. */
const MOST_RESET = 1_000;

/** `m.presence` events of people who share a room with the reader, and of the reader. */
export async function presenceEvents(pass: Pass, presence: Presence): Promise<readonly string[]> {
  if (!presence.isOn) return [];
  const { feed, actor, ignored, filter } = pass;
  const { userIds, shares } = await whoseNews(pass, presence);
  const events: string[] = [];
  await forEachBounded(userIds, async (userId) => {
    if (ignored.has(userId) || !filter.presence("m.presence", userId)) return;
    if (!shares && userId !== actor.userId && !(await shareRoom(feed, actor.userId, userId))) return;
    events.push(eventText(userId, presence.get(userId)));
  });
  return events;
}

/** @returns `shares`: these people are already known to share a room */
async function whoseNews(pass: Pass, presence: Presence): Promise<{ readonly userIds: readonly string[]; readonly shares: boolean }> {
  const { presenceSince, initial } = pass;
  const changed = typeof presenceSince === "number" ? presence.changedSince(presenceSince) : undefined;
  if (changed !== undefined) return { userIds: changed, shares: false };
  return initial || presenceSince === undefined
    ? { userIds: presence.listPresent(), shares: false }
    : { userIds: await everybodyAround(pass), shares: true };
}

async function everybodyAround({ feed, actor, until }: Pass): Promise<readonly string[]> {
  const people = new Set<string>([actor.userId]);
  for (const { roomId, membership } of (await feed.membershipsOf(actor.userId)).values()) {
    if (membership !== "join") continue;
    for (const userId of feed.joinedInMemory(roomId) ?? (await feed.joinedAt(roomId, until))) {
      if (people.size >= MOST_RESET) return [...people];
      people.add(userId);
    }
  }
  return [...people];
}

function eventText(sender: string, state: PresenceState): string {
  return JSON.stringify({ type: "m.presence", sender, content: presenceContent(state) });
}

function presenceContent({ presence, lastActiveAgo, statusMessage, currentlyActive }: PresenceState) {
  return { presence, last_active_ago: lastActiveAgo, status_msg: statusMessage, currently_active: currentlyActive };
}
