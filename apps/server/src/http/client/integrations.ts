import type { HandlerDeps, Handlers } from "../handler.ts";
import { turnCredentials } from "../turn-credentials.ts";

type Names = "getTurnServer" | "getProtocols" | "getAccount3PIDs" | "getWhoIs";

/** What clients ask at their start and can do without. */
export function integrationsHandlers({ config, clock, identity }: HandlerDeps): Pick<Handlers, Names> {
  const { turn } = config;
  return {
    // `@NOTSPEC` Without a relay the answer is empty, as everywhere; the specification knows no answer for it.
    getTurnServer: ({ actor }) => (turn === undefined ? {} : turnCredentials(turn, actor.userId, clock.now())),
    getProtocols: () => ({}),
    getAccount3PIDs: () => ({ threepids: [] }),
    async getWhoIs({ actor, params: { userId } }) {
      const deviceIds = await identity.lookUpAccount(actor, userId);
      // Addresses and programs of clients are not kept, so a session says no more than that it is there.
      return { user_id: userId, devices: Object.fromEntries(deviceIds.map((deviceId) => [deviceId, { sessions: [{ connections: [] }] }])) };
    },
  };
}
