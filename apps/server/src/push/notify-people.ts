import { faultText, type Logger, nextTurn } from "#kernel";
import type { FeedEvent, RoomFeed } from "#rooms";
import type { CompiledRules } from "./compile-rules.ts";
import type { GatewayQueue } from "./gateway-queue.ts";
import type { PusherMemory } from "./pusher-memory.ts";

export interface NotifyDeps {
  readonly feed: RoomFeed;
  readonly memory: PusherMemory;
  readonly rulesOf: (userId: string) => Promise<CompiledRules>;
  readonly queue: Pick<GatewayQueue, "offer">;
  readonly log: Logger;
}

interface Item {
  readonly roomId: string;
  readonly event: FeedEvent;
  readonly joined: ReadonlySet<string>;
}

/** Beyond this the oldest are let go: a push is a hint, and the next one says the same. */
const MOST_ITEMS = 5000;
const PEOPLE_AT_A_TIME = 50;

/** Looks at each event once it is durable, after the commit and beside everything else: nobody waits for it. */
export function createNotifyPeople({ feed, memory, rulesOf, queue, log }: NotifyDeps): { close(): Promise<void> } {
  const items: Item[] = [];
  let running = Promise.resolve();
  let isRunning = false;
  const closing = new AbortController();
  feed.onEvent((roomId, event, joined) => {
    if (memory.people.size === 0 || closing.signal.aborted) return;
    items.push({ roomId, event, joined });
    if (items.length > MOST_ITEMS) items.shift();
    if (isRunning) return;
    isRunning = true;
    running = work();
  });
  const work = async (): Promise<void> => {
    await nextTurn();
    for (let item = items.shift(); item !== undefined && !closing.signal.aborted; item = items.shift()) {
      try {
        await look(item);
      } catch (error) {
        log.error({ roomId: item.roomId, reason: faultText(error) }, "an event was not looked at for push");
      }
    }
    isRunning = false;
  };
  const look = async ({ roomId, event, joined }: Item): Promise<void> => {
    const facts = await feed.ruleFacts(roomId);
    if (facts === undefined) return;
    let looked = 0;
    for (const userId of candidates(event, joined, memory.people)) {
      if ((looked += 1) % PEOPLE_AT_A_TIME === 0) await nextTurn();
      const outcome = (await rulesOf(userId)).judge(event, facts);
      if (outcome?.notify !== true) continue;
      for (const row of memory.of(userId)) queue.offer(row, { facts, event, outcome });
    }
  };
  return {
    close() {
      closing.abort();
      return running;
    },
  };
}

/** Who is there and has a pusher, by way of the smaller of both sets; and whoever is invited by the event. */
function* candidates(event: FeedEvent, joined: ReadonlySet<string>, people: PusherMemory["people"]): Iterable<string> {
  const [smaller, larger] = joined.size < people.size ? [joined, people] : [people, joined];
  for (const userId of smaller.keys()) if (userId !== event.sender && larger.has(userId)) yield userId;
  const invited = event.type === "m.room.member" && event.content["membership"] === "invite" ? event.stateKey : undefined;
  if (invited !== undefined && people.has(invited) && !joined.has(invited)) yield invited;
}
