import type { Examples } from "./scene.test-support.ts";

export const pushersExamples: Examples = {
  getPushers: ({ me }) => me.get("/pushers"),
  postPusher: ({ me }) =>
    me.post("/pushers/set", {
      kind: "http",
      app_id: "org.example.app",
      pushkey: "example-key",
      app_display_name: "Example",
      device_display_name: "Example's phone",
      lang: "en",
      data: { url: "https://push.example.org/_matrix/push/v1/notify" },
    }),
  getNotifications: ({ me }) => me.get("/notifications"),
};
