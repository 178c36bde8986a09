import { MatrixError } from "#kernel";
import { type Keys, personScope } from "./contract.ts";
import { KeyMissing } from "./errors.ts";

/**
 * Makes sure that the person's key exists, then does what seals under it.
 * @throws MatrixError M_USER_DEACTIVATED when the person was erased
 */
export async function withPersonKey<T>(keys: Pick<Keys, "ensure">, userId: string, work: () => Promise<T> | T): Promise<T> {
  try {
    await keys.ensure([personScope(userId)]);
    return await work();
  } catch (error) {
    throw error instanceof KeyMissing ? new MatrixError("M_USER_DEACTIVATED", "The data of this account has been erased.") : error;
  }
}
