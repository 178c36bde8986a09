import { type JsonObject, parseUserId } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";

/** An event as a use case wants it; the choke point adds everything else. */
export interface EventInput {
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  /** Top-level target of a redaction (room version 10). */
  readonly redacts?: string;
  /** The member in whose name this server lets a person into a restricted room. */
  readonly vouchedBy?: string;
  /** The proof that this server checked before it invites who presented it. */
  readonly thirdPartyInvite?: JsonObject;
}

const MOST_KEY_BYTES = 255;

/** What no rule of the room speaks of. @throws MatrixError M_FORBIDDEN, M_TOO_LARGE, M_INVALID_PARAM */
export function checkInput({ type, stateKey }: EventInput): void {
  // Clients look at the type alone: such a state event would pass for a redaction that nobody was allowed to make.
  if (type === "m.room.redaction" && stateKey !== undefined) throw new MatrixError("M_FORBIDDEN", "A redaction is no state.");
  for (const text of [type, stateKey ?? ""]) {
    if (text.length > MOST_KEY_BYTES || Buffer.byteLength(text) > MOST_KEY_BYTES)
      throw new MatrixError("M_TOO_LARGE", "An event type or state key has more than 255 bytes.");
    // @NOTSPEC: PostgreSQL stores no NUL in text, and no client has a use for one.
    if (text.includes("\u0000")) throw new MatrixError("M_INVALID_PARAM", "An event type or state key holds a NUL character.");
  }
}

/**
 * Somebody who takes the name later would find an invitation that was never meant for them, and an account that has ended cannot
 * refuse one.
 * @throws MatrixError M_NOT_FOUND
 */
export async function checkInvitees(inputs: readonly EventInput[], isActive: (userId: string) => Promise<boolean>): Promise<void> {
  for (const { type, stateKey, content } of inputs) {
    if (type !== "m.room.member" || stateKey === undefined || content["membership"] !== "invite") continue;
    // Every signed-in person can look up profiles, so the answer tells nothing new.
    if (!(await isActive(stateKey))) throw new MatrixError("M_NOT_FOUND", `There is no account ${stateKey} here.`);
  }
}

/** The same for creators of version 12, whose power nobody can take away. @throws MatrixError M_NOT_FOUND */
export async function checkCreators(named: readonly unknown[], isActive: (userId: string) => Promise<boolean>): Promise<void> {
  for (const userId of named) {
    // What is no user id is refused by the rules of the create event.
    if (typeof userId !== "string" || parseUserId(userId) === undefined || (await isActive(userId))) continue;
    throw new MatrixError("M_NOT_FOUND", `There is no account ${userId} here.`);
  }
}

/**
 * `@NOTSPEC` What only this server says in a membership is dropped where a client says it. A client that names its own voucher would let
 * itself into every restricted room; one that writes `third_party_invite` would set anybody's membership to `invite`, for the
 * rules of such an invitation ask neither who sends it nor whom it puts out. `accept-third-party-invite.ts` asks both.
 */
export function memberContent({ content, vouchedBy, thirdPartyInvite }: EventInput): JsonObject {
  const { join_authorised_via_users_server: _, third_party_invite: __, ...rest } = content;
  return {
    ...rest,
    ...(vouchedBy === undefined ? {} : { join_authorised_via_users_server: vouchedBy }),
    ...(thirdPartyInvite === undefined ? {} : { third_party_invite: thirdPartyInvite }),
  };
}
