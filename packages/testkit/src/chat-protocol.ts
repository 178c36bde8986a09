// What the process of a chat client and the test that drives it say to each other.

/** One event as the SDK shows it: after edits, reactions and redactions were applied. */
export interface SeenEvent {
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  readonly stateKey: string | undefined;
  readonly body: string;
  readonly membership: string;
  readonly redacted: boolean;
  /** It came as m.room.encrypted. */
  readonly encrypted: boolean;
  /** It came encrypted, and this client has not the key. */
  readonly unreadable: boolean;
  /** Root of the thread that it stands in. */
  readonly thread: string | undefined;
  /** Reaction key → how often. */
  readonly reactions: Readonly<Record<string, number>>;
}

export interface RoomView {
  readonly membership: string;
  readonly events: readonly SeenEvent[];
  /** Own events that the server has not sent back yet; they are not among `events`. */
  readonly pending: number;
  /** Ids of the timeline events of this room in the order in which /sync delivered them, repeats included. */
  readonly delivered: readonly string[];
}

/** What the client says of itself. */
interface Health {
  readonly syncState: string | null;
  /** Answers that the specification does not allow. */
  readonly violations: readonly string[];
  readonly loggedOut: boolean;
  /** How often it asked to log in or register since it started. */
  readonly logins: number;
  readonly initialSyncs: number;
}

export interface ChatCommands {
  /** Registers or logs in, and starts syncing. */
  start(input: {
    readonly url: string;
    readonly name: string;
    readonly password: string;
    readonly register: boolean;
    /** With the SDK's Rust crypto, its keys in memory. */
    readonly encrypted?: boolean;
  }): Promise<{ readonly userId: string; readonly deviceId: string }>;
  createRoom(input: { readonly name: string; readonly invite: readonly string[]; readonly encrypted?: boolean }): Promise<string>;
  join(roomId: string): Promise<void>;
  invite(roomId: string, userId: string): Promise<void>;
  leave(roomId: string): Promise<void>;
  kick(roomId: string, userId: string): Promise<void>;
  ban(roomId: string, userId: string): Promise<void>;
  unban(roomId: string, userId: string): Promise<void>;
  send(roomId: string, body: string): Promise<string>;
  edit(roomId: string, eventId: string, body: string): Promise<string>;
  react(roomId: string, eventId: string, key: string): Promise<string>;
  redact(roomId: string, eventId: string): Promise<string>;
  /** Answers in the thread below `root`. */
  sendInThread(roomId: string, root: string, body: string): Promise<string>;
  /** Sends a file, sealed by the client before it is uploaded. */
  sendFile(roomId: string, name: string, text: string): Promise<string>;
  /** The text of a file that was sent so. */
  openFile(roomId: string, eventId: string): Promise<string>;
  /** Words of the thread, the root included, oldest first. */
  thread(roomId: string, root: string): Promise<readonly string[]>;
  /** Loads older events of the timeline. */
  scrollBack(roomId: string, limit: number): Promise<void>;
  /** Makes cross-signing keys, secret storage and key backup. @returns the recovery key */
  setUpRecovery(user: string, password: string): Promise<string>;
  /** Waits until every room key of this device is in the backup. */
  backUp(): Promise<void>;
  /** On another device: signs it by the recovery key and reads the backup. @returns how many room keys it gave */
  recover(recoveryKey: string): Promise<number>;
  isSignedByOwner(userId: string, deviceId: string): Promise<boolean>;
  view(roomId: string): Promise<RoomView>;
  health(): Promise<Health>;
}

export interface CommandMessage {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type ReplyMessage =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: string };
