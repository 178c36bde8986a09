import { isJsonObject, parseJson } from "@wardroom/matrix-core";
import type { Actor, Clock, Timers } from "#kernel";
import { type Keys, personScope } from "#keys";
import type { MediaQuery } from "./contract.ts";
import { notFound, notYetUploaded } from "./errors.ts";
import type { Grant, MayRead } from "./may-read.ts";
import type { FileRow, MediaRow, MediaStore } from "./media-store.ts";
import { describedBy } from "./upload-file.ts";

export interface FoundFile {
  readonly mediaId: string;
  readonly file: FileRow;
  readonly type: string;
  readonly name: string | undefined;
  /** By which room the person may have it. */
  readonly roomId: string | undefined;
}

/** To be called when they get it. */
export type NoteFileRead = (actor: Actor, file: Pick<FoundFile, "roomId">) => Promise<void>;

interface FindDeps {
  readonly store: MediaStore;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly mayRead: MayRead;
}

const LONGEST_WAIT_MS = 60_000;

/** The way to a file's bytes: nothing is read of it before it is settled that this person may. */
export function createFindFile({ store, keys, clock, timers, mayRead }: FindDeps) {
  const waiting = createArrivalBell();
  async function findAllowed(actor: Actor, mediaId: string): Promise<MediaRow & Grant> {
    const row = await store.find(mediaId);
    const grant = row === undefined ? undefined : await mayRead(actor.userId, row);
    if (row === undefined || grant === undefined) throw notFound();
    if (row.file_id === null && (row.expires_at ?? 0) <= clock.now()) throw notFound();
    return { ...row, ...grant };
  }
  function describe({ media_id: mediaId, owner, sealed }: MediaRow): Pick<FoundFile, "type" | "name"> {
    const text = sealed === null ? undefined : keys.open(personScope(owner), describedBy(mediaId), sealed);
    if (text === undefined) throw notFound();
    const said = parseJson(Buffer.from(text).toString("utf8"));
    const [type, name] = isJsonObject(said) ? [said["type"], said["name"]] : [];
    return { type: typeof type === "string" ? type : "", name: typeof name === "string" ? name : undefined };
  }
  async function find(actor: Actor, { mediaId, timeoutMs, signal }: MediaQuery): Promise<FoundFile> {
    let row = await findAllowed(actor, mediaId);
    if (row.file_id === null) {
      const arrival = waiting.listen(mediaId, Math.min(timeoutMs, LONGEST_WAIT_MS), { signal, timers });
      // It may have come before anybody listened.
      row = await findAllowed(actor, mediaId);
      if (row.file_id === null) await arrival.over;
      else arrival.leave();
      // Asked anew: the right to it may have gone meanwhile.
      row = await findAllowed(actor, mediaId);
    }
    if (row.file_id === null) throw notYetUploaded();
    const file = await store.findFile(row.file_id);
    // The owner is being erased at this moment.
    if (file === undefined) throw notFound();
    return { mediaId, file, roomId: row.roomId, ...describe(row) };
  }
  return { find, noteUploaded: (mediaId: string) => waiting.ring(mediaId) };
}

/** Who waits for which file. */
function createArrivalBell() {
  const waiters = new Map<string, Set<() => void>>();
  return {
    ring(mediaId: string): void {
      for (const wake of waiters.get(mediaId) ?? []) wake();
    },
    /** `over` resolves when the file came, the time is over, or nobody waits any more. */
    listen(mediaId: string, milliseconds: number, { signal, timers }: { signal: AbortSignal; timers: Timers }) {
      const { promise: over, resolve } = Promise.withResolvers<void>();
      const ofMedia = waiters.get(mediaId) ?? new Set();
      waiters.set(mediaId, ofMedia);
      const leave = () => {
        timer.cancel();
        signal.removeEventListener("abort", leave);
        ofMedia.delete(leave);
        if (ofMedia.size === 0 && waiters.get(mediaId) === ofMedia) waiters.delete(mediaId);
        resolve();
      };
      const timer = timers.after(milliseconds, leave);
      ofMedia.add(leave);
      if (milliseconds <= 0 || signal.aborted) leave();
      else signal.addEventListener("abort", leave, { once: true });
      return { over, leave };
    },
  };
}
