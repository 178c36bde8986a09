import { type Actor, type Clock, createLanes, type Random, randomToken } from "#kernel";
import type { Storage } from "#storage";
import type { Media } from "./contract.ts";
import { busy } from "./errors.ts";
import type { MediaStore } from "./media-store.ts";
import { ID_BYTES } from "./upload-file.ts";

interface ReserveDeps {
  readonly storage: Storage;
  readonly store: MediaStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** As the specification recommends. */
const EXPIRES_MS = 24 * 60 * 60 * 1000;
const MOST_OPEN = 32;
const MOST_WAIT_MS = 60_000;

/** `POST …/create`. */
export function createReserve({ storage, store, clock, random }: ReserveDeps): Media["reserve"] {
  // Held until the commit: what may still be reserved depends on what just was.
  const lanes = createLanes();
  const reserve = async ({ userId: owner }: Actor) => {
    const now = clock.now();
    const open = await store.listReserved(owner, now);
    const [soonest = now] = open;
    if (open.length >= MOST_OPEN)
      throw busy("Too many of your files are announced and not uploaded.", Math.min(soonest - now, MOST_WAIT_MS));
    const [mediaId, expiresAt] = [randomToken(random, ID_BYTES), now + EXPIRES_MS];
    const row = { media_id: mediaId, owner, file_id: null, sealed: null, created_at: now, expires_at: expiresAt };
    await storage.commit({ writes: [store.removeExpired(owner, now), store.insert(row)] });
    return { mediaId, expiresAt };
  };
  return (actor) => lanes.run(actor.userId, () => reserve(actor));
}
