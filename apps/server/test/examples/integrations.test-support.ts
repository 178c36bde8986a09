import { ok, route, textAt } from "@wardroom/testkit";
import type { Examples } from "./scene.test-support.ts";

export const integrationsExamples: Examples = {
  getTurnServer: ({ me }) => me.get("/voip/turnServer"),
  getProtocols: ({ me }) => me.get("/thirdparty/protocols"),
  getAccount3PIDs: ({ me }) => me.get("/account/3pid"),
  getWhoIs: ({ me }) => me.get(route`/admin/whois/${me.userId}`),
  async deactivateAccount({ ask, me }) {
    const account = { username: "leaving", password: "a pass phrase of the leaving" };
    const first = await ask("POST", "/register", account);
    const auth = { type: "m.login.dummy", session: textAt(first.json, "session") };
    const token = textAt(ok(await ask("POST", "/register", { ...account, auth })), "access_token");
    const challenge = await me.request("POST", "/account/deactivate", { token, body: {} });
    const identifier = { type: "m.id.user", user: account.username };
    const proof = { type: "m.login.password", identifier, password: account.password, session: textAt(challenge.json, "session") };
    return me.request("POST", "/account/deactivate", { token, body: { auth: proof } });
  },
};
