export { type AuditOwner, type Keys, type KeyScope, memberScope, personScope, roomScope, type SealedSegment } from "./contract.ts";
export { createKeys, type KeysDeps } from "./create-keys.ts";
export { createKeyFile, fileKeyProvider } from "./key-file.ts";
export { withPersonKey } from "./with-person-key.ts";
