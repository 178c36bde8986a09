import type { StateView } from "@wardroom/matrix-core";
import type { RoomEvent } from "./room-event.ts";

/** Current state by type and state key. Maps, not objects: a type may be called `constructor`. */
export class RoomState implements StateView {
  readonly #types = new Map<string, Map<string, RoomEvent>>();
  #bytes = 0;

  /** What its events take in memory, about. */
  get bytes(): number {
    return this.#bytes;
  }

  get(type: string, stateKey: string): RoomEvent | undefined {
    return this.#types.get(type)?.get(stateKey);
  }

  /** Members in order of their first event, which is the order in which heroes are chosen. */
  ofType(type: string): Iterable<RoomEvent> {
    return this.#types.get(type)?.values() ?? [];
  }

  *withoutMembers(): Iterable<RoomEvent> {
    for (const [type, keys] of this.#types) if (type !== "m.room.member") yield* keys.values();
  }

  put(event: RoomEvent): void {
    let keys = this.#types.get(event.type);
    if (keys === undefined) {
      keys = new Map();
      this.#types.set(event.type, keys);
    }
    const key = event.stateKey ?? "";
    this.#bytes += event.parts.size - (keys.get(key)?.parts.size ?? 0);
    keys.set(key, event);
  }

  *[Symbol.iterator](): Iterator<RoomEvent> {
    for (const keys of this.#types.values()) yield* keys.values();
  }
}

/** State that a batch would make, over the state it starts from: nothing is changed until the batch is submitted. */
export class StateOverlay implements StateView {
  readonly #base: RoomState;
  readonly #added = new RoomState();

  constructor(base: RoomState) {
    this.#base = base;
  }

  get(type: string, stateKey: string): RoomEvent | undefined {
    return this.#added.get(type, stateKey) ?? this.#base.get(type, stateKey);
  }

  put(event: RoomEvent): void {
    this.#added.put(event);
  }

  commit(): void {
    for (const event of this.#added) this.#base.put(event);
  }
}
