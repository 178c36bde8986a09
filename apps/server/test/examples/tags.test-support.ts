import { route } from "@wardroom/testkit";
import type { Examples, Scene } from "./scene.test-support.ts";

const tags = ({ me, room }: Scene) => route`/user/${me.userId}/rooms/${room}/tags`;

export const tagsExamples: Examples = {
  getRoomTags: (scene) => scene.me.get(tags(scene)),
  setRoomTag: (scene) => scene.me.put(`${tags(scene)}/m.favourite`, { order: 0.5 }),
  deleteRoomTag: (scene) => scene.me.request("DELETE", `${tags(scene)}/m.favourite`),
};
