import { createSecretKey, type KeyObject } from "node:crypto";
import type { Random } from "#kernel";
import { type Keys, personScope, withPersonKey } from "#keys";
import { Conflict, type Storage } from "#storage";
import type { PeopleStore, PersonRow } from "./people-store.ts";

/** What an upload needs to know of its person. */
export interface Person {
  /** Keys the digests by which the same bytes are found again: only those of one person, for else a guess could be confirmed. */
  readonly secret: KeyObject;
  readonly bytes: number;
}

interface OpenPersonDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly random: Random;
  readonly people: PeopleStore;
}

const SECRET_BYTES = 32;
const MOST_TRIES = 3;

/** The person's row, made at their first upload. */
export function createOpenPerson({ storage, keys, random, people }: OpenPersonDeps) {
  const associated = (userId: string) => `media_people/${userId}/secret`;
  const open = (row: PersonRow): Uint8Array | undefined => keys.open(personScope(row.user_id), associated(row.user_id), row.secret);
  async function make(userId: string, before: PersonRow | undefined): Promise<void> {
    const secret = random.bytes(SECRET_BYTES);
    const sealed = keys.seal(personScope(userId), associated(userId), secret);
    secret.fill(0);
    // A secret that was erased with its person's key is replaced where that person is active again.
    const write = before === undefined ? people.insert(userId, sealed) : people.renew(userId, sealed, before.secret);
    try {
      await storage.commit({ writes: [write] });
    } catch (error) {
      // Another upload of the same person made it.
      if (!(error instanceof Conflict)) throw error;
    }
  }
  async function openOrMake(userId: string): Promise<Person> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const row = await people.find(userId);
      const bytes = row === undefined ? undefined : open(row);
      if (row !== undefined && bytes !== undefined) {
        const secret = createSecretKey(bytes);
        bytes.fill(0);
        return { secret, bytes: row.bytes };
      }
      await make(userId, row);
    }
    throw new Error("the secret of a person cannot be kept");
  }
  /** @throws MatrixError M_USER_DEACTIVATED when the person was erased */
  return (userId: string): Promise<Person> => withPersonKey(keys, userId, () => openOrMake(userId));
}
