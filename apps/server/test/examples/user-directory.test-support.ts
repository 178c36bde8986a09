import type { Examples } from "./scene.test-support.ts";

export const userDirectoryExamples: Examples = {
  searchUserDirectory: ({ me }) => me.post("/user_directory/search", { search_term: "guest" }),
  getMutualRooms: ({ me, guest }) => me.get("/_matrix/client/v1/mutual_rooms", { user_id: guest.userId }),
};
