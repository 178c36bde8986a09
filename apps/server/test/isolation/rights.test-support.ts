// What people outside a room may still ask about it, by its id, and why. Everything else in a room is refused to them.
import type { EndpointName } from "@wardroom/spec";
import type { Standing } from "./world.test-support.ts";

type Rights = Partial<Readonly<Record<EndpointName, string>>>;

const notes = "one's own notes, about any room";
const keys = "one's own keys, of any room";
/** Of everybody. */
export const oneself: Rights = {
  reportRoom: "a report is taken from anybody, and answered alike where there is no room",
  setAccountDataPerRoom: notes,
  getAccountDataPerRoom: notes,
  getRoomTags: notes,
  setRoomTag: notes,
  deleteRoomTag: notes,
  putRoomKeysByRoomId: keys,
  putRoomKeyBySessionId: keys,
  getRoomKeysByRoomId: keys,
  getRoomKeyBySessionId: keys,
  deleteRoomKeysByRoomId: keys,
  deleteRoomKeyBySessionId: keys,
};

const past = "who was in the room reads what was said until they went";
const departed: Rights = {
  getOneRoomEvent: past,
  getRoomEvents: past,
  getRoomState: past,
  getRoomStateWithKey: past,
  getMembersByRoom: past,
  getEventContext: past,
  getEventByTimestamp: past,
  getRelatingEvents: past,
  getRelatingEventsWithRelType: past,
  getRelatingEventsWithRelTypeAndEventType: past,
  getThreadRoots: past,
};
const gone: Rights = { leaveRoom: "who has left has left" };
const asked = "whoever is asked in, or asks, is told what room it is";
const onTheWay: Rights = {
  getRoomSummary: asked,
  getSpaceHierarchy: asked,
  getRoomVisibilityOnDirectory: asked,
};

export const rights: Readonly<Record<Standing, Rights>> = {
  stranger: oneself,
  neighbour: oneself,
  left: { ...oneself, ...departed, ...gone },
  kicked: { ...oneself, ...departed, ...gone },
  banned: { ...oneself, ...departed },
  invited: { ...oneself, ...onTheWay },
  knocked: { ...oneself, ...onTheWay },
};

/** Not asked here: they would change how the person stands. membership.test.ts and knock.test.ts are about them. */
export const changesStanding = (standing: Standing, name: EndpointName): boolean =>
  (standing === "invited" && /^(joinRoom|joinRoomById|leaveRoom|setRoomState)$/.test(name)) ||
  (standing === "knocked" && /^(knockRoom|leaveRoom|setRoomState)$/.test(name)) ||
  (["left", "kicked", "banned"].includes(standing) && name === "forgetRoom");
