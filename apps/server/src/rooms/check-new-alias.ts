import { parseRoomAlias } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";

/**
 * An alias that may be made here. Stricter than the grammar: one that holds blanks or invisible characters could pass for another.
 * @throws MatrixError M_INVALID_PARAM
 */
export function checkNewAlias(alias: string, serverName: string): void {
  const parsed = parseRoomAlias(alias);
  if (parsed === undefined || /[\s\p{Cc}\p{Cf}]/u.test(alias)) throw new MatrixError("M_INVALID_PARAM", "This makes no room alias.");
  if (parsed.serverName !== serverName) throw new MatrixError("M_INVALID_PARAM", `Aliases of this server end in :${serverName}.`);
}
