import type { Actor } from "#kernel";

/** What a client says of the file that it sends. */
export interface UploadInput {
  /** Undefined: a new id is made. */
  readonly mediaId?: string;
  readonly type: string;
  readonly name: string | undefined;
  /** As announced; undefined if the client did not say. */
  readonly size: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface MediaQuery {
  readonly mediaId: string;
  /** How long to wait for a file that is announced and not there yet. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

interface ThumbnailQuery extends MediaQuery {
  readonly width: number;
  readonly height: number;
  readonly method: "crop" | "scale";
  readonly animated: boolean;
}

/** Bytes as they were uploaded, or a picture made of them. */
export interface StoredFile {
  readonly type: string;
  readonly name: string | undefined;
  /** Stands for these bytes and no others. */
  readonly tag: string;
  readonly size: number;
  /** The bytes `first` … `last`, both included. What it throws is a fault of the store: no wrong byte is ever given. */
  readonly read: (first: number, last: number) => AsyncIterable<Uint8Array>;
}

export interface Media {
  readonly maxUploadSize: number;
  /** @throws MatrixError M_TOO_LARGE, M_FORBIDDEN, M_LIMIT_EXCEEDED; with an id also M_NOT_FOUND, M_CANNOT_OVERWRITE_MEDIA. @returns the media id */
  upload(actor: Actor, input: UploadInput): Promise<string>;
  /** An id for a file that comes later. @throws MatrixError M_LIMIT_EXCEEDED */
  reserve(actor: Actor): Promise<{ readonly mediaId: string; readonly expiresAt: number }>;
  /** @throws MatrixError M_NOT_FOUND, also for what the person may not see; M_NOT_YET_UPLOADED */
  download(actor: Actor, query: MediaQuery): Promise<StoredFile>;
  /** @throws MatrixError as `download`; M_UNKNOWN for what no picture can be made of, M_TOO_LARGE, M_LIMIT_EXCEEDED */
  thumbnail(actor: Actor, query: ThumbnailQuery): Promise<StoredFile>;
  /** Takes away every file of a person whose keys are destroyed. May be asked again. */
  erasePerson(userId: string): Promise<void>;
  close(): Promise<void>;
}

/** What this module asks of rooms and profiles; filled where the house is built. */
export interface MediaPorts {
  maySee(userId: string, roomId: string, eventId: string): Promise<boolean>;
  /** Whether both are joined to one room. */
  shareRoom(userId: string, otherId: string): Promise<boolean>;
  /** The rooms that the person is in, or was. */
  roomsOf(userId: string): Promise<{ has(roomId: string): boolean }>;
  /** The `mxc` address of the person's present picture. */
  avatarOf(userId: string): Promise<string | undefined>;
  /** The person gets a file that an event of the room names. */
  noteRead(actor: Actor, roomId: string): Promise<void> | undefined;
}

export interface MediaSettings {
  readonly access: "rooms" | "accounts";
  /** Bytes, as the next. */
  readonly maxUploadSize: number;
  readonly quotaPerPerson: number;
}
