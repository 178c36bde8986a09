import { auditKinds, isAuditKind, readAuditPlace } from "./audit-place.ts";
import type { AuditKeys, Keys } from "./contract.ts";
import type { KeyRow } from "./key-store.ts";
import type { KeyVault } from "./key-vault.ts";
import { quarterNamed } from "./quarters.ts";
import type { WaitingKeys } from "./waiting-keys.ts";
import { nameOf } from "./wrapped-key.ts";

export interface DestroyDeps {
  readonly vault: KeyVault;
  readonly waiting: Pick<WaitingKeys, "flush">;
  /** Lets go of every unwrapped key. */
  readonly forget: () => void;
}

type Destroy = Pick<Keys, "destroyPerson"> & Pick<AuditKeys, "destroyErased">;

/** The two ends of keys: of a person's words at once, of their traces in the audit log when the time to keep them is over. */
export function createDestroy({ vault, waiting, forget }: DestroyDeps): Destroy {
  const replace = (keep: (row: KeyRow) => KeyRow | undefined) => {
    try {
      vault.replace(keep);
    } finally {
      forget();
    }
  };
  return {
    async destroyPerson(userId) {
      // What is being made for the person must be in the file before it is rewritten without them.
      waiting.flush();
      const isOfWords = ({ place }: KeyRow) => place.userId === userId && !isAuditKind(place.kind);
      const rows = vault.store().listOfPerson(userId).filter(isOfWords);
      const rooms = [...new Set(rows.map(({ place }) => place.roomId))].filter((roomId) => roomId !== "");
      if (rows.every(({ wrapped }) => wrapped === undefined)) return rooms;
      replace((row) => (isOfWords(row) ? { ...row, wrapped: undefined } : row));
      return rooms;
    },
    async destroyErased(endedBefore) {
      waiting.flush();
      const ended = vault
        .store()
        .listOfErased(auditKinds("person"))
        .filter(({ place }) => hasEnded(place.kind, endedBefore));
      if (ended.length === 0) return 0;
      const ids = new Set(ended.map(({ id }) => nameOf(id)));
      // The whole row: its id and the person's name beside it would still lead from an entry to the person.
      replace((row) => (ids.has(nameOf(row.id)) ? undefined : row));
      return ids.size;
    },
  };
}

function hasEnded(kind: string, endedBefore: number): boolean {
  const place = readAuditPlace({ kind, roomId: "", userId: "" });
  return place?.owner.kind === "person" && quarterNamed(place.quarter).endsAt <= endedBefore;
}
