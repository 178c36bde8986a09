import type { Actor, OPERATOR } from "#kernel";
import type { Write } from "#storage";

/** How a bearer token fared. `expired` sessions still live and get `soft_logout: true`; `unknown` ones do not. */
export type TokenVerdict = { readonly kind: "valid"; readonly actor: Actor } | { readonly kind: "expired" } | { readonly kind: "unknown" };

export interface LoginResult {
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
}

export interface NewDevice {
  readonly deviceId?: string;
  readonly displayName?: string;
}

/** A device as its owner sees it. */
export interface Device {
  readonly deviceId: string;
  /** Absent if none was given, or the person was erased. */
  readonly displayName?: string;
}

export interface AccountRow {
  readonly userId: string;
  readonly isAdmin: boolean;
  readonly state: "active" | "deactivated";
  readonly createdAt: number;
}

type Doer = Actor | typeof OPERATOR;

/** Where a request came from that nobody is signed in with yet. For the audit. */
export interface From {
  readonly address?: string | undefined;
}

/** Who acts: whoever is signed in, or the operator at the machine. Absent where the account itself comes into being by it. For the audit. */
export interface ActsFor extends From {
  readonly by?: Doer;
}

export interface EndSessions extends ActsFor {
  readonly exceptDeviceId?: string;
}

export interface Identity {
  /** Synchronous for cached tokens; a promise on the first sight of one. Constant-time: tokens are looked up by keyed hash. */
  authenticate(accessToken: string): TokenVerdict | Promise<TokenVerdict>;
  /**
   * Called at the commit that ends tokens (logout, change of password, the device signed in again), in no later turn of the
   * event loop: what goes on under an older token of these devices has to stop. The listener must not throw.
   */
  onRevoked(listener: (userId: string, isRevoked: (deviceId: string) => boolean) => void): void;
  /**
   * Called at the commit that removed or renamed devices of the user, with the position that it drew. The durable position shows
   * it when the work of this turn is done: wake others by a promise. The listener must not throw.
   */
  onDeviceChange(listener: (userId: string, position: number) => void): void;
  /** In the order in which they were made; empty for an unknown user. */
  listDevices(userId: string): Promise<readonly Device[]>;
  listDeviceIds(userId: string): Promise<readonly string[]>;
  /** @throws MatrixError M_NOT_FOUND. */
  getDevice(userId: string, deviceId: string): Promise<Device>;
  /** For a batch of another module that stores something for a device: the commit fails with Conflict if the device is gone. */
  expectDevice(userId: string, deviceId: string): Write;
  /** @throws MatrixError M_NOT_FOUND, M_INVALID_PARAM. */
  renameDevice(actor: Actor, deviceId: string, displayName: string): Promise<void>;
  /** Those of the actor's own devices among them that there are, with tokens and what other modules keep about them. */
  removeDevices(actor: Actor, deviceIds: readonly string[]): Promise<void>;
  /** @throws MatrixError M_FORBIDDEN for a wrong name or password alike, at equal cost. */
  loginWithPassword(input: { readonly user: string; readonly password: string } & NewDevice & From): Promise<LoginResult>;
  /** @throws MatrixError M_USER_IN_USE, M_INVALID_USERNAME, M_WEAK_PASSWORD. */
  createAccount(
    input: { readonly localpart?: string; readonly password?: string; readonly isAdmin?: boolean } & ActsFor,
  ): Promise<{ readonly userId: string }>;
  /** An account has at most 500 devices: the one whose last sign-in is longest ago makes room, and its sessions end. */
  createSession(userId: string, device: NewDevice, from?: From): Promise<LoginResult>;
  isAvailable(localpart: string): Promise<boolean>;
  logout(actor: Actor): Promise<void>;
  logoutAll(userId: string, options?: EndSessions): Promise<void>;
  checkPassword(userId: string, password: string): Promise<boolean>;
  /** With `endSessions` they end in the commit of the new password: there is no state with the one and not the other. */
  setPassword(
    userId: string,
    password: string,
    options?: { readonly endSessions?: { readonly exceptDeviceId?: string } } & ActsFor,
  ): Promise<void>;
  /** For good: no sign-in any more, every session ends, the name is never given out again. @throws MatrixError M_USER_DEACTIVATED */
  deactivateAccount(userId: string, options?: ActsFor): Promise<void>;
  isDeactivated(userId: string): Promise<boolean>;
  /** The account's devices. @throws MatrixError M_FORBIDDEN for another's account unless the actor is an administrator, M_NOT_FOUND */
  lookUpAccount(actor: Actor, userId: string): Promise<readonly string[]>;
  /** What somebody asks is recorded before it is told; the server itself asks for nobody. */
  listAccounts(asked?: Doer): Promise<readonly AccountRow[]>;
  accountExists(userId: string): Promise<boolean>;
  /** False for deactivated accounts and for none. */
  isActive(userId: string): Promise<boolean>;
  /** Called at the commit that made an account. The listener must not throw. */
  onAccountCreated(listener: (userId: string) => void): void;
  /** UIA sessions: bound to endpoint, user (or none) and body; single use; 10 minutes. */
  readonly uia: Uia;
}

/** Flows are lists of stages, e.g. [["m.login.password"]]. */
export interface UiaRequest extends From {
  readonly endpoint: string;
  readonly userId?: string;
  readonly deviceId?: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly flows: readonly (readonly string[])[];
  /** Called before each try of a password; what it throws ends the request. Without it the number of tries would be bounded by nothing. */
  readonly admitTry: () => void;
}

export interface Uia {
  /** Resolves when the caller has completed a flow; otherwise throws a `UiaChallenge` that the edge answers with 401. */
  require(request: UiaRequest): Promise<void>;
}

/** The 401 body of user-interactive authentication. */
export class UiaChallenge extends Error {
  override readonly name = "UiaChallenge";
  readonly body: Readonly<Record<string, unknown>>;
  constructor(body: Readonly<Record<string, unknown>>) {
    super("user-interactive authentication is needed");
    this.body = body;
  }
}
