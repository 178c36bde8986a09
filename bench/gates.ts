/** A message as sent and acknowledged, or as found in a room. */
export type Sent = { eventId: string; marker: string };

export type Fault = { kind: string; count: number; example: string };

function createTally() {
  const faults = new Map<string, Fault>();
  return {
    add(kind: string, example: string): void {
      const fault = faults.get(kind);
      if (fault === undefined) faults.set(kind, { kind, count: 1, example });
      else fault.count += 1;
    },
    list: (): Fault[] => [...faults.values()],
  };
}

/**
 * Holds the history of a room against what was acknowledged: every acknowledged id is there exactly once, with the
 * content that was sent, in the order in which its connection got the acknowledgements; and no message is there twice
 * under two ids, or without an acknowledgement. Every send must have been answered before.
 *
 * @param acknowledged per connection, in order of acknowledgement
 * @param history the room's messages, oldest first
 */
export function checkHistory(acknowledged: readonly (readonly Sent[])[], history: readonly Sent[]): Fault[] {
  const tally = createTally();
  const places = new Map<string, number>();
  const idOf = new Map<string, string>();
  for (const [place, { eventId, marker }] of history.entries()) {
    if (places.has(eventId)) tally.add("duplicated", eventId);
    else places.set(eventId, place);
    if ((idOf.get(marker) ?? eventId) !== eventId) tally.add("stored under two ids", eventId);
    idOf.set(marker, eventId);
  }
  for (const connection of acknowledged) {
    let last = -1;
    for (const { eventId, marker } of connection) {
      const place = places.get(eventId);
      if (place === undefined) tally.add("lost", eventId);
      else if (history[place]?.marker !== marker) tally.add("altered", eventId);
      else if (place <= last) tally.add("out of order", eventId);
      else last = place;
    }
  }
  const known = new Set(acknowledged.flat().map(({ eventId }) => eventId));
  for (const { eventId } of history) if (!known.has(eventId)) tally.add("never acknowledged", eventId);
  return tally.list();
}

/**
 * Holds what each syncer received against the room: every message exactly once, in the order of the room.
 *
 * @param order event ids of all acknowledged messages, oldest first
 * @param received per syncer, in order of arrival
 */
export function checkDeliveries(order: readonly string[], received: readonly (readonly string[])[]): Fault[] {
  const tally = createTally();
  const places = new Map(order.map((eventId, place) => [eventId, place]));
  for (const events of received) {
    const seen = new Set<string>();
    let last = -1;
    for (const eventId of events) {
      const place = places.get(eventId);
      if (place === undefined) tally.add("delivered but not in the room", eventId);
      else if (seen.has(eventId)) tally.add("delivered twice", eventId);
      else if (place < last) tally.add("delivered out of order", eventId);
      seen.add(eventId);
      last = Math.max(last, place ?? -1);
    }
    for (const eventId of order) if (!seen.has(eventId)) tally.add("not delivered", eventId);
  }
  return tally.list();
}

export const describeFault = ({ kind, count, example }: Fault): string => `${count} ${kind} (first: ${example})`;
