import { type Answer, type JsonRecord, ok, route, type Session, textAt } from "@wardroom/testkit";
import type { Examples, Scene } from "./scene.test-support.ts";

/** A second device of mine, and what deletes it with the right password. */
async function withPassword(scene: Scene, ask: (body: JsonRecord, deviceId: string) => Promise<Answer>): Promise<Answer> {
  const { me } = scene;
  const identifier = { type: "m.id.user", user: me.name };
  const login = { type: "m.login.password", identifier, password: me.password };
  const deviceId = textAt(ok(await scene.ask("POST", "/login", login)), "device_id");
  const first = await ask({}, deviceId);
  return ask({ auth: { ...login, session: textAt(first.json, "session") } }, deviceId);
}

const remove = (me: Session, deviceId: string, body: JsonRecord) => me.request("DELETE", route`/devices/${deviceId}`, { body });

export const devicesExamples: Examples = {
  getDevices: ({ me }) => me.get("/devices"),
  getDevice: ({ me }) => me.get(route`/devices/${me.deviceId}`),
  updateDevice: ({ me }) => me.put(route`/devices/${me.deviceId}`, { display_name: "Example" }),
  deleteDevice: (scene) => withPassword(scene, (body, deviceId) => remove(scene.me, deviceId, body)),
  deleteDevices: (scene) => withPassword(scene, (body, deviceId) => scene.me.post("/delete_devices", { ...body, devices: [deviceId] })),
};
