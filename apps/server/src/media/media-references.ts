import type { Statements, Write } from "#storage";
import { createReferenceStore } from "./reference-store.ts";

/** What is asked of an event; the event itself is of a module beside this one. */
interface ReferringEvent {
  readonly roomId: string;
  readonly eventId: string;
  readonly sender: string;
  readonly content: object;
  readonly offset: number;
}

export interface MediaReferences {
  readonly onEventAppended: (event: ReferringEvent) => readonly Write[];
  readonly onEventRedacted: (eventId: string, offset: number) => readonly Write[];
}

/** A pack of stickers names several hundred in one event of 64 KiB; what is beyond is a way to make one event a thousand rows. */
const MOST_PER_EVENT = 500;
const NONE: readonly Write[] = [];

/** Writes down, in the commit of an event, which files it names: who may see the event may see them (see may-read.ts). */
export function createMediaReferences(statements: Statements, serverName: string): MediaReferences {
  const store = createReferenceStore(statements);
  const prefix = `mxc://${serverName}/`;
  return {
    onEventAppended({ roomId, eventId, sender, content, offset }) {
      // The usual case: one look at a few short texts.
      if (!holdsText(content, prefix)) return NONE;
      const found = new Set<string>();
      collect(content, prefix, found);
      return [...found].map((mediaId) => store.insert({ media_id: mediaId, event_id: eventId, room_id: roomId, sender }, offset));
    },
    onEventRedacted: (eventId, offset) => [store.redact(eventId, offset)],
  };
}

/** Walks the values instead of printing them: five times as fast for a short message. The depth is bounded by the parser. */
function holdsText(value: unknown, text: string): boolean {
  if (typeof value === "string") return value.includes(text);
  if (typeof value !== "object" || value === null) return false;
  for (const key in value) if (holdsText(Reflect.get(value, key), text)) return true;
  return false;
}

const ID = /[\w-]{1,255}/y;

function collect(value: unknown, prefix: string, found: Set<string>): void {
  if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value)) collect(Reflect.get(value, key), prefix, found);
    return;
  }
  if (typeof value !== "string") return;
  for (let at = value.indexOf(prefix); at !== -1; at = value.indexOf(prefix, at + 1)) {
    ID.lastIndex = at + prefix.length;
    const [id] = ID.exec(value) ?? [];
    if (id !== undefined && found.size < MOST_PER_EVENT) found.add(id);
  }
}
