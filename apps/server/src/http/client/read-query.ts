import { JsonError, parseJson } from "@wardroom/matrix-core";
import { compileEventFilter, compileRoomsFilter, parseRoomEventFilter, type RoomEventFilter } from "@wardroom/spec";
import { MatrixError } from "#kernel";
import type { HandlerDeps } from "../handler.ts";

/**
 * The position that a token stands for, under the name that the module gives it. A token of another store generation (a
 * restored backup) stands for nothing here, and counts as not given.
 */
export function atOf<Name extends string>(
  name: Name,
  token: string | undefined,
  sync: HandlerDeps["sync"],
): { readonly [Key in Name]?: number } {
  const parsed = token === undefined ? undefined : sync.parseToken(token);
  // Proven: the only member is the one that `Name` names.
  return (parsed?.sameGeneration === true ? { [name]: parsed.position } : {}) as { readonly [Key in Name]?: number };
}

/** The `filter` of /messages and /context. @throws MatrixError M_INVALID_PARAM */
export function filterOf(filter: string | undefined): RoomEventFilter | undefined {
  if (filter === undefined || filter === "") return undefined;
  const parsed = parseRoomEventFilter(parseFilterText(filter));
  if (parsed === undefined) throw new MatrixError("M_INVALID_PARAM", "filter: is not a RoomEventFilter.");
  return parsed;
}

function parseFilterText(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw new MatrixError("M_INVALID_PARAM", "filter: is not JSON.");
    throw error;
  }
}

/** What the filter means to the module. */
export function matchingOf(filter: RoomEventFilter | undefined, roomId: string) {
  const matches = filter === undefined ? undefined : matcherOf(filter, roomId);
  return {
    ...(matches === undefined ? {} : { matches }),
    ...(filter?.lazy_load_members === true ? { lazyLoadMembers: true } : {}),
  };
}

function matcherOf(filter: RoomEventFilter, roomId: string) {
  // A filter that leaves this room out leaves nothing; the question is still asked, so that a stranger is still refused.
  return compileRoomsFilter(filter)?.(roomId) === false ? () => false : compileEventFilter(filter);
}
