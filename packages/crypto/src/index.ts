export { equalInConstantTime } from "./constant-time.ts";
export { deriveKey } from "./derive-key.ts";
export { EnvelopeBroken, KEY_ID_BYTES, openEnvelope, readKeyId, sealEnvelope, type SealInput } from "./envelope.ts";
export { CHUNK_BYTES, type ChunkPlace, openChunk, sealChunk, SEALED_CHUNK_BYTES } from "./sealed-chunks.ts";
export { ed25519FromSeed, SEED_BYTES } from "./signing-key.ts";
