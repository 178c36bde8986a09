import type { Examples } from "./scene.test-support.ts";

export const searchExamples: Examples = {
  search: ({ me }) => me.post("/search", { search_categories: { room_events: { search_term: "example" } } }),
};
