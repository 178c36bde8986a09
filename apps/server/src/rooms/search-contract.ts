import type { JsonObject } from "@wardroom/matrix-core";

export interface SearchQuery {
  readonly term: string;
  readonly keys: readonly ("content.body" | "content.name" | "content.topic")[];
  /** Undefined: every room. */
  readonly matchesRoom?: (roomId: string) => boolean;
  readonly matches?: (event: { readonly type: string; readonly sender: string; readonly content: JsonObject }) => boolean;
  readonly limit: number;
  /** Where the page before ended. */
  readonly until?: number;
  readonly context?: { readonly before: number; readonly after: number; readonly profiles: boolean };
  readonly withState: boolean;
}

/** Newest first. All texts are client events as this person may have them. */
export interface SearchPage {
  readonly results: readonly SearchResult[];
  /** The words that were looked for. */
  readonly words: readonly string[];
  /** Where the next page begins; undefined at the end of everything. */
  readonly next: number | undefined;
  readonly state: ReadonlyMap<string, readonly string[]>;
}

export interface SearchResult {
  readonly roomId: string;
  readonly eventId: string;
  readonly sender: string;
  readonly rank: number;
  readonly json: string;
  readonly context?: {
    /** newest first */
    readonly before: readonly string[];
    /** oldest first */
    readonly after: readonly string[];
    readonly start: number;
    readonly end: number;
    readonly profiles: Readonly<Record<string, JsonObject>> | undefined;
  };
}
