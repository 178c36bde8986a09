/** What is used of the package, which declares no types at its door. */
declare module "hydrogen-view-sdk" {
  export const Platform: new (parts: { readonly container: object; readonly assetPaths: object; readonly config: object }) => object;

  export class Client {
    constructor(platform: object);
    queryLogin(url: string): { readonly result: Promise<{ readonly password?: (user: string, password: string) => object }> };
    startWithLogin(method: object): Promise<void>;
    readonly loadStatus: { get(): string };
    readonly loadError: Error | null;
    readonly session: Session;
    readonly sync: { readonly status: { get(): string } };
    dispose(): void;
  }

  interface Session {
    readonly user: { readonly id: string };
    readonly rooms: ReadonlyCollection<Room>;
    readonly invites: ReadonlyCollection<Invite>;
    createRoom(options: {
      readonly type: number;
      readonly isEncrypted: boolean;
      readonly name: string;
      readonly invites: readonly string[];
    }): Promise<{ readonly roomId?: string; readonly error?: Error }>;
  }

  interface ReadonlyCollection<T> {
    get(id: string): T | undefined;
  }

  interface Invite {
    accept(): Promise<void>;
  }

  interface Room {
    openTimeline(): Promise<Timeline>;
    sendEvent(type: string, content: object): Promise<unknown>;
    sendRedaction(eventId: string, reason: string | null): Promise<unknown>;
    leave(): Promise<unknown>;
  }

  interface Timeline {
    /** Without this nothing is observed: the entries fill when somebody looks. */
    readonly entries: Iterable<Entry> & { subscribe(handler: object): () => void };
  }

  interface Entry {
    readonly id?: string;
    readonly eventType?: string;
    readonly sender?: string;
    readonly content?: { readonly body?: string } | null;
    readonly isRedacted?: boolean;
    readonly isPending?: boolean;
    readonly annotations?: Readonly<Record<string, { readonly count: number }>> | null;
  }

  export const LoadStatus: { readonly Ready: string };
  export const RoomType: { readonly Private: number };
}
