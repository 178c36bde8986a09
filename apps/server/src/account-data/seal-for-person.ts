import { KeyMissing, type Keys, personScope } from "#keys";
import { erased } from "./errors.ts";

/** Makes sure that the person's key exists, then seals. @throws MatrixError M_USER_DEACTIVATED when the person was erased. */
export async function sealForPerson<T>(keys: Keys, userId: string, seal: () => T): Promise<T> {
  try {
    await keys.ensure([personScope(userId)]);
    return seal();
  } catch (error) {
    throw error instanceof KeyMissing ? erased() : error;
  }
}
