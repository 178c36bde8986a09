import { busy, quotaExceeded, tooLarge } from "./errors.ts";

interface Entry {
  uploads: number;
  bytes: number;
}

export interface UploadLimits {
  readonly maxUploadSize: number;
  readonly quotaPerPerson: number;
}

/** A client sends a few files at once; each of them holds a connection, a draft and a chunk in memory. */
const MOST_PER_PERSON = 8;

/** Counts what arrives while it arrives: files that are sent side by side must not take more of the disk than one after another. */
export function createUploadsInProgress({ maxUploadSize, quotaPerPerson }: UploadLimits) {
  const people = new Map<string, Entry>();
  return {
    /** @throws MatrixError M_LIMIT_EXCEEDED */
    begin(userId: string) {
      const entry = people.get(userId) ?? { uploads: 0, bytes: 0 };
      if (entry.uploads >= MOST_PER_PERSON) throw busy("You are sending too many files at once.");
      people.set(userId, entry);
      entry.uploads += 1;
      let size = 0;
      return {
        /** @param stored what the person's files take already @throws MatrixError M_TOO_LARGE, M_FORBIDDEN */
        take(bytes: number, stored: number): void {
          size += bytes;
          entry.bytes += bytes;
          if (size > maxUploadSize) throw tooLarge(maxUploadSize);
          if (stored + entry.bytes > quotaPerPerson) throw quotaExceeded();
        },
        end(): void {
          entry.bytes -= size;
          entry.uploads -= 1;
          if (entry.uploads === 0) people.delete(userId);
        },
      };
    },
  };
}
