import type { Answer, Session } from "@wardroom/testkit";

/** What the examples act with. `me` may be signed out by them; `guest` and `banned` are of the room `room`. */
export interface Scene {
  readonly me: Session;
  readonly guest: Session;
  readonly banned: Session;
  /** No member of anything. */
  readonly administrator: Session;
  /** Mine; the guest is a member. */
  readonly room: string;
  /** Public, of the guest. */
  readonly open: string;
  readonly alias: string;
  readonly event: string;
  /** Anonymous request, for the endpoints before sign-in. */
  readonly ask: (method: string, path: string, body?: { readonly [key: string]: string | object }) => Promise<Answer>;
}

export type Example = (scene: Scene) => Promise<Answer>;
export type Examples = Readonly<Record<string, Example>>;
