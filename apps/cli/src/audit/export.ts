import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AuditState, countFiles, describeExport, filesOf, type OperatorCommands } from "@wardroom/server";
import type { Arguments } from "../arguments.ts";
import type { Surroundings } from "../surroundings.ts";
import { UsageError } from "../usage-error.ts";
import { withOperator } from "../with-operator.ts";
import { makeFolder } from "./new-folder.ts";

/** `wardroom audit export --out FOLDER`: the layout of docs/decisions/0007, as the log stood at its last signed checkpoint. */
export async function exportLog(args: Arguments, surroundings: Surroundings): Promise<number> {
  const { t, out } = surroundings;
  const folder = args.text("out");
  if (folder === undefined) throw new UsageError(t.arguments.outMissing);
  const config = args.config();
  const { logs } = await makeFolder(folder, t, (part) =>
    withOperator(config, surroundings, (commands) => writeExport(commands, part, surroundings)),
  );
  await out.line(
    t.export.made(
      folder,
      logs.length,
      logs.reduce((sum, { size }) => sum + size, 0),
    ),
  );
  return 0;
}

/** Fills the folder file by file; one file is all that is held. */
async function writeExport(
  commands: Pick<OperatorCommands, "auditState" | "readLogFile">,
  folder: string,
  surroundings: Surroundings,
): Promise<AuditState> {
  const state = await commands.auditState();
  const write = createWriter(folder);
  const progress = createProgress(
    state.logs.reduce((sum, { size }) => sum + countFiles(size), 0),
    surroundings,
  );
  await write("export.json", describeExport(state));
  if (state.secondPlace !== undefined) await write("second-place", state.secondPlace);
  for (const { log, vkey, checkpoint, size } of state.logs) {
    await write(`logs/${log}/vkey`, `${vkey}\n`);
    if (checkpoint !== "") await write(`logs/${log}/checkpoint`, checkpoint);
    for (const path of filesOf(size)) {
      await write(`logs/${log}/${path}`, Buffer.from(await commands.readLogFile({ log, path }), "base64"));
      await progress.step();
    }
  }
  await progress.end();
  return state;
}

function createWriter(folder: string): (path: string, content: string | Uint8Array) => Promise<void> {
  let made = "";
  return async (path, content) => {
    const file = join(folder, path);
    // Neighbours follow each other: the call to the system is saved for all but the first of a folder.
    if (dirname(file) !== made) mkdirSync((made = dirname(file)), { recursive: true, mode: 0o700 });
    await writeFile(file, content, { mode: 0o600, flag: "wx" });
  };
}

/** One line of a terminal, written over at each full percent. */
function createProgress(total: number, { t, err }: Surroundings): { step(): Promise<void>; end(): Promise<void> } {
  let [done, percent] = [0, -1];
  return {
    async step() {
      done += 1;
      const now = Math.floor((100 * done) / total);
      if (!err.isTerminal || now === percent) return;
      percent = now;
      await err.write(`\r${t.export.progress(done, total)}`);
    },
    async end() {
      if (err.isTerminal && total > 0) await err.write("\n");
    },
  };
}
