import { MatrixError } from "#kernel";
import { KeyMissing, type Keys, personScope } from "#keys";

/** Makes sure that the person's key exists, then works with it. @throws MatrixError M_USER_DEACTIVATED when the person was erased. */
export async function withPersonKey<T>(keys: Keys, userId: string, work: () => Promise<T> | T): Promise<T> {
  try {
    await keys.ensure([personScope(userId)]);
    return await work();
  } catch (error) {
    throw error instanceof KeyMissing ? new MatrixError("M_USER_DEACTIVATED", "The data of this account has been erased.") : error;
  }
}
