import { mkdirSync, readdirSync } from "node:fs";
import { type FileHandle, link, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * The sealed files on disk. A file is written as a draft, gets its own name, and loses that of the draft only after the row that
 * names it is committed: so every file whose row may be missing has a draft, and what a crash left is found without looking
 * at the others.
 */
export interface BlobFolder {
  /** A new draft, for this process alone. */
  create(id: string): Promise<FileHandle>;
  /** Gives a finished draft its own name; on the disk when this resolves. */
  keep(id: string): Promise<void>;
  /** The row is committed. */
  settle(id: string): Promise<void>;
  /** Removes the file and its draft. */
  discard(id: string): Promise<void>;
  open(id: string): Promise<FileHandle>;
  /** Ids of drafts that an earlier process left. */
  listDrafts(): readonly string[];
}

const FORM = /^[\w-]{27}$/;

export function openBlobFolder(folder: string): BlobFolder {
  const drafts = join(folder, "drafts");
  mkdirSync(drafts, { recursive: true, mode: 0o700 });
  // Ids are the server's own; this holds the form also where one came out of a damaged row.
  const checked = (id: string): string => {
    if (!FORM.test(id)) throw new Error("not the id of a stored file");
    return id;
  };
  const draft = (id: string) => join(drafts, checked(id));
  const place = (id: string) => join(folder, checked(id).slice(0, 2), id);
  const remove = (path: string) => rm(path, { force: true });
  return {
    create: (id) => open(draft(id), "wx", 0o600),
    async keep(id) {
      const shard = dirname(place(id));
      if ((await mkdir(shard, { recursive: true, mode: 0o700 })) !== undefined) await flush(folder);
      // Unlike a rename it never takes the place of a file.
      await link(draft(id), place(id));
      await flush(shard);
    },
    settle: (id) => remove(draft(id)),
    async discard(id) {
      // In this order: while the draft is there a crash is made good at the next start.
      await remove(place(id));
      await remove(draft(id));
    },
    open: (id) => open(place(id), "r"),
    listDrafts: () => readdirSync(drafts).filter((name) => FORM.test(name)),
  };
}

/** As `flushFolder` of the kernel, without stopping everybody else for the disk. */
async function flush(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
