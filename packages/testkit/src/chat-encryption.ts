// What a chat client does for end-to-end encryption: its own keys, recovery, sealed files (matrix-js-sdk with its Rust crypto).
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { type MatrixClient, MsgType } from "matrix-js-sdk";
import { decodeRecoveryKey } from "matrix-js-sdk/lib/crypto-api/index.js";
import { at, type Json, textAt } from "./json-value.ts";
import { waitUntil } from "./wait-until.ts";

/** The key of secret storage while it is set up or read. */
export interface RecoveryKeeper {
  key: Uint8Array<ArrayBuffer> | undefined;
}

type CryptoOf = NonNullable<ReturnType<MatrixClient["getCrypto"]>>;

function cryptoOf(client: MatrixClient): CryptoOf {
  const crypto = client.getCrypto();
  if (crypto === undefined) throw new Error("the client was started without encryption");
  return crypto;
}

/** Makes the person's cross-signing keys, secret storage and a backup of room keys, as Element does after the first sign-in. */
export async function setUpRecovery(client: MatrixClient, keeper: RecoveryKeeper, user: string, password: string): Promise<string> {
  const crypto = cryptoOf(client);
  await crypto.bootstrapCrossSigning({
    setupNewCrossSigning: true,
    async authUploadDeviceSigningKeys(makeRequest) {
      try {
        await makeRequest(null);
      } catch (error) {
        // Asked for a password, as for a replacement: the session is named in the answer of 401.
        const session = textAt((error as { readonly data?: Json }).data, "session");
        await makeRequest({ type: "m.login.password", identifier: { type: "m.id.user", user }, password, session });
      }
    },
  });
  const made = await crypto.createRecoveryKeyFromPassphrase();
  keeper.key = made.privateKey;
  await crypto.bootstrapSecretStorage({
    createSecretStorageKey: () => Promise.resolve(made),
    setupNewSecretStorage: true,
    setupNewKeyBackup: true,
  });
  if (made.encodedPrivateKey === undefined) throw new Error("no recovery key was made");
  return made.encodedPrivateKey;
}

/** On a new device: takes the secrets out of storage, signs this device with them, and reads the backup. @returns the keys imported */
export async function recover(client: MatrixClient, keeper: RecoveryKeeper, recoveryKey: string): Promise<number> {
  const crypto = cryptoOf(client);
  keeper.key = decodeRecoveryKey(recoveryKey);
  // The public keys first: without them the secret ones fit nothing.
  await crypto.userHasCrossSigningKeys(undefined, true);
  await crypto.bootstrapCrossSigning({});
  await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
  await crypto.checkKeyBackupAndEnable();
  return (await crypto.restoreKeyBackup()).imported;
}

// The SDK puts off each round of uploads by up to ten seconds of its own choice.
const BACK_UP_LIMIT_MS = 30_000;

/** Waits until the server's backup counts as many sessions as this device has. The SDK's event that says so may have been long before. */
export async function untilBackedUp(client: MatrixClient): Promise<void> {
  await waitUntil(
    "the backup of every session",
    BACK_UP_LIMIT_MS,
    async () => {
      const own = (await cryptoOf(client).exportRoomKeys()).length;
      const kept = (await cryptoOf(client).checkKeyBackupAndEnable())?.backupInfo.count ?? 0;
      return kept >= own ? true : undefined;
    },
    200,
  );
}

/** Whether this person's device is signed by their own cross-signing identity, as this client sees it. */
export async function isSignedByOwner(client: MatrixClient, userId: string, deviceId: string): Promise<boolean> {
  return (await cryptoOf(client).getDeviceVerificationStatus(userId, deviceId))?.signedByOwner ?? false;
}

/** Seals a file as "Sending encrypted attachments" says, uploads it and sends the event. */
export async function sendSealedFile(client: MatrixClient, roomId: string, name: string, text: string): Promise<string> {
  const [key, iv] = [randomBytes(32), Buffer.concat([randomBytes(8), Buffer.alloc(8)])];
  const cipher = createCipheriv("aes-256-ctr", key, iv);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  const { content_uri: url } = await client.uploadContent(new Blob([sealed]), { type: "application/octet-stream", includeFilename: false });
  const file = {
    url,
    v: "v2",
    key: { kty: "oct" as const, alg: "A256CTR", ext: true, key_ops: ["encrypt", "decrypt"], k: key.toString("base64url") },
    iv: unpadded(iv),
    hashes: { sha256: unpadded(createHash("sha256").update(sealed).digest()) },
  };
  const info = { size: sealed.length, mimetype: "text/plain" };
  return (await client.sendMessage(roomId, { msgtype: MsgType.File, body: name, filename: name, file, info })).event_id;
}

/** Downloads the file of a decrypted event, checks it and opens it. */
export async function openSealedFile(client: MatrixClient, roomId: string, eventId: string): Promise<string> {
  // The SDK types content as a record of anything; it was JSON when it came.
  const content = client.getRoom(roomId)?.findEventById(eventId)?.getContent() as Json | undefined;
  const address = client.mxcUrlToHttp(textAt(content, "file", "url"), undefined, undefined, undefined, false, true, true);
  if (address === null) throw new Error("the event names no file");
  const response = await fetch(address, { headers: { authorization: `Bearer ${client.getAccessToken()}` } });
  if (!response.ok) throw new Error(`the download was answered with ${response.status}`);
  const sealed = Buffer.from(await response.arrayBuffer());
  if (unpadded(createHash("sha256").update(sealed).digest()) !== at(content, "file", "hashes", "sha256"))
    throw new Error("the file is not the one that was sent");
  const decipher = createDecipheriv(
    "aes-256-ctr",
    Buffer.from(textAt(content, "file", "key", "k"), "base64url"),
    Buffer.from(textAt(content, "file", "iv"), "base64"),
  );
  return Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8");
}

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
