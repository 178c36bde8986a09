import { ownObject } from "@wardroom/matrix-core";
import type { FeedEvent } from "#rooms";

export const MAIN = "main";
/** So many relations are followed before an event is taken to be in no thread ("Threaded read receipts"). */
const MOST_HOPS = 3;

/** The root of the thread that an event is in, or `main`. @param find by id; what it does not know is taken to be in no thread */
export function threadOf(event: Pick<FeedEvent, "content">, find: (eventId: string) => Pick<FeedEvent, "content"> | undefined): string {
  let current: Pick<FeedEvent, "content"> | undefined = event;
  for (let hops = 0; current !== undefined && hops <= MOST_HOPS; hops += 1) {
    const { content }: Pick<FeedEvent, "content"> = current;
    const relation = ownObject(content, "m.relates_to");
    if (relation === undefined) return MAIN;
    const { rel_type: type, event_id: target } = relation;
    if (typeof type !== "string" || typeof target !== "string") return MAIN;
    if (type === "m.thread") return target;
    current = find(target);
  }
  return MAIN;
}
