import { actedBy, type Actor, faultText, MatrixError } from "#kernel";
import type { Rooms } from "./contract.ts";
import type { LivingPeople } from "./living-people.ts";
import type { RoomsContext } from "./rooms-context.ts";

interface Departures extends Pick<Rooms, "leaveForGood"> {
  /** Goes on with what a stop interrupted, for accounts that are deactivated; the others never got so far. */
  resume(): Promise<void>;
}

const staying = new Set<string>(["join", "invite", "knock"]);
const REASON = "The account has been deactivated.";

/**
 * What deactivating an account means for rooms: it leaves them all and, if asked for, its words are erased. The intention is
 * durable before the account is gone, for afterwards nobody could ask again.
 */
export function createLeaveForGood(
  context: RoomsContext,
  { leave, erasePerson, living }: Pick<Rooms, "leave" | "erasePerson"> & { readonly living: LivingPeople },
): Departures {
  const { audit, departures, memberships, storage, isDeactivated, log } = context;
  async function finish(actor: Actor, erases: boolean): Promise<void> {
    await living.settled(actor.userId);
    for (const { roomId, membership } of (await memberships.of(actor.userId)).values()) {
      if (!staying.has(membership)) continue;
      await leave(actor, { roomId, reason: REASON }).catch((error: unknown) => {
        // One room's refusal keeps the name in that room only; a store that fails is no refusal.
        if (!(error instanceof MatrixError)) throw error;
        log.warn({ roomId, reason: error.message }, "a deactivated account could not leave a room");
      });
    }
    // Last: what is said under the person's keys before this is gone with them.
    if (erases) await erasePerson(actor.userId);
    const erased = { event: "account.erased", ...actedBy(actor), target: actor.userId, outcome: "done" } as const;
    await storage.commit({ writes: [departures.end(actor.userId), ...(erases ? audit.writes(erased) : [])] });
  }
  return {
    async leaveForGood(actor, { erases, deactivate }) {
      await storage.commit({ writes: [departures.begin(actor.userId, erases)] });
      await deactivate();
      await finish(actor, erases);
    },
    async resume() {
      for (const { user_id: userId, erases } of await departures.list()) {
        try {
          if (await isDeactivated(userId)) await finish({ userId, deviceId: "", isAdmin: false }, erases === 1);
          else await storage.commit({ writes: [departures.end(userId)] });
        } catch (error) {
          // The server must start all the same; the next start tries again.
          log.error({ reason: faultText(error) }, "a deactivated account is not out of all its rooms");
        }
      }
    },
  };
}
