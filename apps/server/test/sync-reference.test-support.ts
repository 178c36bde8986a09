// What each person may see of a room, from the specification's words alone: an ordered list of what happened, and slow, obvious rules.
import { at, type Json, textAt } from "@wardroom/testkit";

export interface Happened {
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  /** Of state events. */
  readonly key: string | undefined;
  readonly content: Json;
  /** Number of the step that redacted it. */
  redactedBy?: number;
}

interface Read {
  readonly userId: string;
  readonly type: "m.read" | "m.read.private";
  readonly target: number;
  readonly eventId: string;
  /** How many events there were when it was sent. */
  readonly order: number;
}

/** Events are numbered from 1, so that "after m" and "up to n" are counts of events; receipts are numbered apart. */
export class Reference {
  readonly events: Happened[] = [];
  readonly receipts: Read[] = [];

  add(event: Happened): number {
    return this.events.push(event);
  }

  addJson(event: Json): number {
    const key = at(event, "state_key");
    return this.add({
      id: textAt(event, "event_id"),
      type: textAt(event, "type"),
      sender: textAt(event, "sender"),
      key: typeof key === "string" ? key : undefined,
      content: at(event, "content") ?? {},
    });
  }

  get count(): number {
    return this.events.length;
  }

  number(id: string): number {
    return this.events.findIndex((event) => event.id === id) + 1;
  }

  event(number: number): Happened | undefined {
    return this.events[number - 1];
  }

  /** The state after the event of this number, by type and key. */
  stateAt(number: number): ReadonlyMap<string, Happened> {
    const state = this.events.slice(0, number).filter(({ key }) => key !== undefined);
    return new Map(state.map((event) => [`${event.type}|${event.key}`, event]));
  }

  membership(userId: string, number: number): string {
    const event = this.events.slice(0, number).findLast(({ type, key }) => type === "m.room.member" && key === userId);
    return event === undefined ? "none" : textAt(event.content, "membership");
  }

  /** Numbers of the person's membership events in the range. */
  ownRows(userId: string, after: number, until: number): readonly number[] {
    return this.#numbers(after, until).filter((number) => {
      const event = this.event(number);
      return event?.type === "m.room.member" && event.key === userId;
    });
  }

  /** Whether the person was joined, then not, at some time up to here. */
  wasInterrupted(userId: string, until: number): boolean {
    const rows = this.ownRows(userId, 0, until).map((number) => this.membership(userId, number));
    const first = rows.indexOf("join");
    return first >= 0 && rows.slice(first).some((membership) => membership !== "join");
  }

  /** "Room History Visibility", rules 1 to 5; before or after the event where it changes what they speak of. */
  isVisible(userId: string, number: number): boolean {
    const event = this.event(number);
    if (event === undefined) return false;
    const changesVisibility = event.type === "m.room.history_visibility" && event.key === "";
    const changesOwn = event.type === "m.room.member" && event.key === userId;
    const joinsLater = this.ownRows(userId, number, this.count).some((row) => this.membership(userId, row) === "join");
    return (changesVisibility || changesOwn ? [number - 1, number] : [number]).some((when) => {
      const set = this.stateAt(when).get("m.room.history_visibility|");
      const visibility = set === undefined ? "shared" : textAt(set.content, "history_visibility");
      const membership = this.membership(userId, when);
      if (visibility === "world_readable" || membership === "join") return true;
      if (visibility === "shared") return joinsLater;
      return visibility === "invited" && membership === "invite";
    });
  }

  /** Ids of what the person may see in the range, in order. */
  visible(userId: string, after: number, until: number): readonly string[] {
    return this.#numbers(after, until)
      .filter((number) => this.isVisible(userId, number))
      .map((number) => this.event(number)?.id ?? "");
  }

  /** A receipt never moves backwards. */
  read(userId: string, type: Read["type"], target: number): void {
    const before = this.receipts.findLast((receipt) => receipt.userId === userId && receipt.type === type);
    if (before !== undefined && before.target >= target) return;
    const eventId = this.event(target)?.id ?? "";
    this.receipts.push({ userId, type, target, eventId, order: this.receipts.length + 1 });
  }

  /** The newest receipt of each person and type that the reader may know of and that is news after the given receipt. */
  receiptsFor(reader: string, afterOrder: number): readonly string[] {
    const newest = new Map(this.receipts.map((receipt) => [`${receipt.userId} ${receipt.type}`, receipt]));
    return [...newest.values()]
      .filter(({ type, userId, order }) => order > afterOrder && (type === "m.read" || userId === reader))
      .filter(({ target }) => this.isVisible(reader, target))
      .map(({ eventId, type, userId }) => `${eventId} ${type} ${userId}`);
  }

  #numbers(after: number, until: number): readonly number[] {
    return Array.from({ length: Math.max(0, until - after) }, (_, index) => after + index + 1);
  }
}
