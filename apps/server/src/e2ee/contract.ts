import type { Actor, RawJson } from "#kernel";
import type { JsonObject } from "@wardroom/matrix-core";

/** Keys of devices and people, messages to devices, and the backup of room keys: one folder, one door. */
export interface E2ee extends KeyServer, ToDevice, KeyBackup {
  readonly feed: E2eeFeed;
  /** Takes away what waits to be delivered from a person whose keys are destroyed, and their key backups. */
  erasePerson(userId: string): Promise<void>;
}

export type KeyCounts = Readonly<Record<string, number>>;

export interface KeyServer {
  /** What is absent from the upload stays as it was. @throws MatrixError M_INVALID_PARAM for a foreign or changed key; nothing is stored then. */
  uploadKeys(
    actor: Actor,
    upload: { readonly deviceKeys?: JsonObject; readonly oneTimeKeys?: JsonObject; readonly fallbackKeys?: JsonObject },
  ): Promise<KeyCounts>;
  /** Every user asked for that is of this server is in the answer, with or without devices. An empty list asks for all devices. */
  queryKeys(actor: Actor, asked: Readonly<Record<string, readonly string[]>>): Promise<RawJson>;
  /** user → device → algorithm. Each one-time key is given out once, in the order of upload; then the fallback key. */
  claimKeys(actor: Actor, asked: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<RawJson>;
  /**
   * What storing these cross-signing keys would be: `first` and `same` need no further proof of identity, `replacement` does.
   * @throws MatrixError M_INVALID_PARAM, M_INVALID_SIGNATURE, M_MISSING_PARAM, as `uploadCrossSigningKeys` does.
   */
  judgeCrossSigningKeys(actor: Actor, keys: JsonObject): Promise<"first" | "same" | "replacement">;
  /**
   * @param judged what `judgeCrossSigningKeys` said.
   * @throws MatrixError M_CONFLICT if that is no longer so; nothing is stored then.
   */
  uploadCrossSigningKeys(actor: Actor, keys: JsonObject, judged: "first" | "same" | "replacement"): Promise<void>;
  /** @returns the failures by user and key, as the specification shapes them. */
  uploadSignatures(actor: Actor, signed: JsonObject): Promise<JsonObject>;
}

export interface ToDevice {
  /**
   * A transaction id already used by this device for this type sends nothing. `messages`: user → device (or `*`) → content, not
   * looked at yet. Devices that there are not get nothing, and nobody is told.
   * @throws MatrixError M_BAD_JSON, M_INVALID_PARAM, M_TOO_LARGE, M_USER_DEACTIVATED.
   */
  sendToDevice(
    actor: Actor,
    input: {
      readonly type: string;
      readonly transactionId: string;
      readonly messages: JsonObject;
    },
  ): Promise<void>;
}

/** `count` and `etag` of a backup after a change. */
export interface BackupState {
  readonly count: number;
  readonly etag: string;
}

/** Which sessions: all, those of a room, or one. */
export interface BackupScope {
  readonly roomId?: string;
  readonly sessionId?: string;
}

export interface KeyBackup {
  createBackup(actor: Actor, input: { readonly algorithm: string; readonly authData: JsonObject }): Promise<string>;
  /** The newest without `version`. @throws MatrixError M_NOT_FOUND. */
  getBackup(actor: Actor, version?: string): Promise<RawJson>;
  updateBackup(
    actor: Actor,
    version: string,
    input: { readonly algorithm: string; readonly authData: JsonObject; readonly version?: string },
  ): Promise<void>;
  deleteBackup(actor: Actor, version: string): Promise<void>;
  /**
   * `rooms`: room → `{sessions}` → key data, not looked at yet.
   * @throws MatrixError M_WRONG_ROOM_KEYS_VERSION (`current_version`), M_NOT_FOUND, M_BAD_JSON, M_INVALID_PARAM, M_TOO_LARGE.
   */
  putRoomKeys(actor: Actor, version: string, rooms: JsonObject): Promise<BackupState>;
  /** As the specification shapes the answer of the scope. */
  getRoomKeys(actor: Actor, version: string, scope: BackupScope): Promise<RawJson>;
  deleteRoomKeys(actor: Actor, version: string, scope: BackupScope): Promise<BackupState>;
}

/** Messages for one device, in order. */
export interface ToDevicePage {
  /** JSON texts of `{sender, type, content}`. */
  readonly messages: readonly string[];
  /** Position up to which the messages reach; the rest comes with the next question. Equal to the asked `until` when there is no rest. */
  readonly until: number;
}

/** What sync may ask. Where nothing is there for the asking device, the answer costs no read of the store. */
export interface E2eeFeed {
  /** Greatest position of any change of anybody's device list or cross-signing keys; from memory. */
  lastDeviceListChange(): number;
  /** Users whose devices or cross-signing keys changed with `after < position ≤ until`. */
  deviceListsChanged(after: number, until: number): Promise<readonly string[]>;
  /** Users whose master key this one signed then: the signature is shown to nobody else, so the change is no one else's either. */
  signedBetween(userId: string, after: number, until: number): Promise<readonly string[]>;
  /** Whether messages beyond `after` may be waiting for this device; false is certain. From memory. */
  mayHaveToDevice(actor: Actor, after: number): boolean | Promise<boolean>;
  /** At most `limit` messages with `after < position ≤ until`. */
  toDevice(actor: Actor, after: number, until: number, limit: number): Promise<ToDevicePage>;
  /** The device presented a token of this position: what lies up to it is delivered and deleted. */
  acknowledgeToDevice(actor: Actor, upTo: number): Promise<void>;
  /** Unclaimed one-time keys by algorithm; algorithms that have run out say 0, and `signed_curve25519` is always named. */
  oneTimeKeyCounts(actor: Actor): KeyCounts | Promise<KeyCounts>;
  unusedFallbackKeyTypes(actor: Actor): readonly string[] | Promise<readonly string[]>;
  /** Called after the commit. */
  onToDevice(listener: (userId: string, deviceId: string) => void): void;
  /** `onlyFor`: the only person who sees the change. */
  onDeviceListChange(listener: (userId: string, onlyFor?: string) => void): void;
}
