import type { Statements } from "#storage";
import { createMediaStore } from "./media-store.ts";
import { createPeopleStore } from "./people-store.ts";
import { createReferenceStore } from "./reference-store.ts";
import { createThumbnailStore } from "./thumbnail-store.ts";

/** Every statement of this module, compiled once. */
export function createMediaStores(statements: Statements) {
  return {
    store: createMediaStore(statements),
    people: createPeopleStore(statements),
    references: createReferenceStore(statements),
    thumbnails: createThumbnailStore(statements),
  };
}
