import { EnvelopeBroken, openEnvelope, readKeyId, sealEnvelope } from "@wardroom/crypto";
import type { Random } from "#kernel";
import { type AuditKey, type AuditKeyCache, tokenOf } from "./audit-key-cache.ts";
import type { AuditKeys } from "./contract.ts";
import { SealBroken } from "./errors.ts";

const IV_BYTES = 12;

/** Seals, opens and finds segments of the audit log. */
export function createAuditKeys(cache: AuditKeyCache, random: Random): Pick<AuditKeys, "seal" | "sealName" | "open" | "tokens"> {
  const sealUnder = ({ id, sealing }: Pick<AuditKey, "id" | "sealing">, associated: string, plaintext: string): Uint8Array =>
    sealEnvelope({ key: sealing, keyId: id, iv: random.bytes(IV_BYTES), associated, plaintext });
  return {
    seal(owner, at, { associated, plaintext, value }) {
      const key = cache.ofOwner(owner, at);
      const isOwn = key.owner.kind !== "system" && key.owner.id === value;
      // A copy: who writes into a token, or hands its memory to a worker, must not change those of later entries.
      return { sealed: sealUnder(key, associated, plaintext), token: isOwn ? new Uint8Array(key.ownToken) : tokenOf(key.searching, value) };
    },
    sealName(owner, at, associated) {
      const key = cache.ofOwner(owner, at);
      if (key.owner.kind === "system") return { sealed: sealUnder(key, associated, owner.id), token: tokenOf(key.searching, owner.id) };
      const sealed = key.names.get(associated) ?? sealUnder(key, associated, owner.id);
      // The texts that names are bound to come from the code, and are few.
      key.names.set(associated, sealed);
      return { sealed: new Uint8Array(sealed), token: new Uint8Array(key.ownToken) };
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
