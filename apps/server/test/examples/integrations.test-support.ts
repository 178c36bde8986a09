import { route } from "@wardroom/testkit";
import type { Examples } from "./scene.test-support.ts";

export const integrationsExamples: Examples = {
  getTurnServer: ({ me }) => me.get("/voip/turnServer"),
  getProtocols: ({ me }) => me.get("/thirdparty/protocols"),
  getAccount3PIDs: ({ me }) => me.get("/account/3pid"),
  getWhoIs: ({ me }) => me.get(route`/admin/whois/${me.userId}`),
};
