export { equalInConstantTime } from "./constant-time.ts";
export { deriveKey } from "./derive-key.ts";
export { EnvelopeBroken, KEY_ID_BYTES, openEnvelope, readKeyId, sealEnvelope } from "./envelope.ts";
export { CHUNK_BYTES, openChunk, sealChunk, SEALED_CHUNK_BYTES } from "./sealed-chunks.ts";
export { ed25519FromSeed } from "./signing-key.ts";
