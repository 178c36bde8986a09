import { route } from "@wardroom/testkit";
import type { Examples } from "./scene.test-support.ts";

export const toDeviceExamples: Examples = {
  sendToDevice: ({ me, guest }) =>
    me.put(route`/sendToDevice/${"org.example.type"}/${"example"}`, { messages: { [guest.userId]: { "*": { a: 1 } } } }),
};
