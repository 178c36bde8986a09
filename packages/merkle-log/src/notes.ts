import { decodeBase64, encodeBase64 } from "./base64.ts";
import { BadSignature, MalformedNote } from "./errors.ts";
import { isKeyName, type Signer, type Verifier } from "./note-keys.ts";
import { isPlainText } from "./plain-text.ts";

/** Text and whose signatures over it were verified. The text is to be ignored unless a trusted key is among them. */
export interface OpenedNote {
  readonly text: string;
  /** `time` only where the signature states one (a witness's cosignature), in seconds since 1970. */
  readonly verified: readonly { readonly name: string; readonly vkey: string; readonly time?: number }[];
  /** Lines of keys that the reader does not know: nothing is known about them but the claim. */
  readonly unverified: readonly { readonly name: string }[];
}

/** As many as Go's reader takes; C2SP asks for 16 at least. */
const MAX_SIGNATURES = 100;
/** 100 of the largest post-quantum signatures fit. */
const MAX_NOTE_BYTES = 1_000_000;
const KEY_ID_BYTES = 4;
const LINE_START = "— ";

interface SignatureLine {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

function requireText(text: string): void {
  if (!isPlainText(text)) throw new MalformedNote("a note is text without control characters");
  if (!text.endsWith("\n")) throw new MalformedNote("a note ends with a line feed");
}

function formatLine(signer: Signer, text: string): string {
  return `${LINE_START}${signer.name} ${encodeBase64(Buffer.concat([signer.keyId, signer.sign(text)]))}\n`;
}

/** The text, which ends with a line feed, with a signature of each signer. @throws MalformedNote */
export function signNote(text: string, signers: readonly Signer[]): string {
  requireText(text);
  if (signers.length === 0 || signers.length > MAX_SIGNATURES) throw new MalformedNote(`a note has 1 to ${MAX_SIGNATURES} signatures`);
  return `${text}\n${signers.map((signer) => formatLine(signer, text)).join("")}`;
}

/** The note with further signatures at its end; those that are there are kept as they are. @throws MalformedNote */
export function addSignatures(note: string, signers: readonly Signer[]): string {
  const { text, lines } = splitNote(note);
  if (lines.length + signers.length > MAX_SIGNATURES) throw new MalformedNote(`a note has at most ${MAX_SIGNATURES} signatures`);
  return note + signers.map((signer) => formatLine(signer, text)).join("");
}

function decodeNote(note: string | Uint8Array): string {
  // Both are bounds: a character is at least a byte.
  if (note.length > MAX_NOTE_BYTES) throw new MalformedNote(`a note has at most ${MAX_NOTE_BYTES} bytes`);
  if (typeof note === "string") return note;
  try {
    // Without `ignoreBOM` a byte order mark would be dropped, and two files would be one note.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(note);
  } catch {
    throw new MalformedNote("a note is UTF-8");
  }
}

function parseLine(line: string): SignatureLine {
  const [name = "", base64 = "", ...others] = line.slice(LINE_START.length).split(" ");
  if (!line.startsWith(LINE_START) || others.length > 0) throw new MalformedNote("a signature line is a dash, a name and base64");
  if (!isKeyName(name)) throw new MalformedNote("a key's name is not empty and holds neither spaces nor plus");
  const bytes = decodeBase64(base64);
  if (bytes === undefined) throw new MalformedNote("a signature is not base64");
  if (bytes.length <= KEY_ID_BYTES) throw new MalformedNote("a signature is too short");
  return { name, keyId: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

function splitNote(note: string | Uint8Array): { text: string; lines: readonly SignatureLine[] } {
  const whole = decodeNote(note);
  requireText(whole);
  // At the last empty line: split at the first, whoever signs a longer text would sign a shorter one, too.
  const end = whole.lastIndexOf("\n\n");
  if (end < 0) throw new MalformedNote("no empty line before the signatures");
  const lines = whole.slice(end + 2, -1).split("\n", MAX_SIGNATURES + 1);
  if (lines.length > MAX_SIGNATURES) throw new MalformedNote(`a note has at most ${MAX_SIGNATURES} signatures`);
  return { text: whole.slice(0, end + 1), lines: lines.map(parseLine) };
}

const identify = (key: { name: string; keyId: Uint8Array }): string => `${key.name}+${Buffer.from(key.keyId).toString("hex")}`;

function indexVerifiers(verifiers: readonly Verifier[]): Map<string, Verifier> {
  const known = new Map<string, Verifier>();
  for (const verifier of verifiers) {
    const other = known.get(identify(verifier));
    if (other !== undefined && other.vkey !== verifier.vkey) throw new RangeError("two keys of one name and id");
    known.set(identify(verifier), verifier);
  }
  return known;
}

/**
 * Verifies what the known keys signed and ignores the lines of others; without a known key on it `verified` is empty, and the
 * text must not be used.
 * @throws MalformedNote; BadSignature if one line of a known key does not hold
 */
export function openNote(note: string | Uint8Array, verifiers: readonly Verifier[]): OpenedNote {
  const { text, lines } = splitNote(note);
  const known = indexVerifiers(verifiers);
  const verified = new Map<string, OpenedNote["verified"][number]>();
  const unverified: { name: string }[] = [];
  for (const line of lines) {
    const key = identify(line);
    const verifier = known.get(key);
    if (verifier === undefined) {
      unverified.push({ name: line.name });
      continue;
    }
    if (verified.has(key)) throw new MalformedNote("two signatures of one key");
    const result = verifier.verify(text, line.signature);
    if (result === undefined) throw new BadSignature(`the signature of ${verifier.name} is not one over this text`);
    verified.set(key, { name: verifier.name, vkey: verifier.vkey, ...result });
  }
  return { text, verified: [...verified.values()], unverified };
}
