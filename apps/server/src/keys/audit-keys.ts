import { EnvelopeBroken, openEnvelope, readKeyId, sealEnvelope } from "@wardroom/crypto";
import type { Random } from "#kernel";
import { type AuditKeyCache, tokenOf } from "./audit-key-cache.ts";
import type { AuditKeys } from "./contract.ts";
import { SealBroken } from "./errors.ts";

const IV_BYTES = 12;

/** Seals, opens and finds segments of the audit log. */
export function createAuditKeys(cache: AuditKeyCache, random: Random): Pick<AuditKeys, "seal" | "open" | "tokens"> {
  return {
    seal(owner, at, { associated, plaintext, value }) {
      const { id, owner: keyOwner, sealing, searching, ownToken } = cache.ofOwner(owner, at);
      const sealed = sealEnvelope({ key: sealing, keyId: id, iv: random.bytes(IV_BYTES), associated, plaintext });
      const isOwn = keyOwner.kind !== "system" && keyOwner.id === value;
      // A copy: who writes into a token, or hands its memory to a worker, must not change those of later entries.
      return { sealed, token: isOwn ? new Uint8Array(ownToken) : tokenOf(searching, value) };
    },
    open(associated, sealed) {
      try {
        const found = cache.byId(readKeyId(sealed));
        if (found === undefined) return undefined;
        if (found === "other") throw new SealBroken("sealed under a key that is none of the audit's");
        return { plaintext: openEnvelope(found.sealing, associated, sealed), owner: found.owner };
      } catch (error) {
        throw error instanceof EnvelopeBroken ? new SealBroken(error.message) : error;
      }
    },
    tokens: (value) => cache.listFor(value).map(({ searching }) => tokenOf(searching, value)),
  };
}
