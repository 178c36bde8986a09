import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Arguments } from "../arguments.ts";
import type { Surroundings } from "../surroundings.ts";
import { UsageError } from "../usage-error.ts";
import { withOperator } from "../with-operator.ts";
import { makeFolder } from "./new-folder.ts";
import { readPlace } from "./read-place.ts";

/** `wardroom audit prove LOG/INDEX --out FOLDER`: the entry and the proof that it stands in the log. */
export async function prove(args: Arguments, surroundings: Surroundings): Promise<number> {
  const { t, out } = surroundings;
  const place = readPlace(args.words[2], t);
  const folder = args.text("out");
  if (folder === undefined) throw new UsageError(t.arguments.outMissing);
  await makeFolder(folder, t, async (part) => {
    const { proof, entry } = await withOperator(args.config(), surroundings, (commands) => commands.proveEntry(place));
    // The bytes that were hashed, and nothing behind them.
    writeFileSync(join(part, "entry.json"), Buffer.from(entry, "base64"), { mode: 0o600 });
    writeFileSync(join(part, "entry.tlog-proof"), proof, { mode: 0o600 });
  });
  await out.line(t.prove.made(folder));
  return 0;
}
