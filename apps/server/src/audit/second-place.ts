import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Where the last signed checkpoint lies a second time. */
export interface SecondPlace {
  readonly path: string;
  /** Undefined if there is nothing. @throws Error if it cannot be read */
  read(): Promise<string | undefined>;
  /** Durable, whole or not at all, when it resolves. */
  write(checkpoint: string): Promise<void>;
}

/** Longest text that is read: a checkpoint with a hundred signatures. */
const MOST_BYTES = 64 * 1024;

/** A file. Not synchronous as the kernel's durable files are: it is written once a second while people wait for other things. */
export function createSecondPlace(path: string): SecondPlace {
  const draft = `${path}.new`;
  return {
    path,
    async read() {
      try {
        const text = await readFile(path, "utf8");
        return text.slice(0, MOST_BYTES);
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },
    async write(checkpoint) {
      await rm(draft, { force: true });
      const file = await open(draft, "wx", 0o600);
      try {
        await file.writeFile(checkpoint);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
      const folder = await open(dirname(path), "r");
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    },
  };
}
