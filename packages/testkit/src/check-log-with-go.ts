import { execFile, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeTempFolder } from "./temp-folder.ts";

/** What another implementation says of a log: one line, "ok SIZE ROOT" or what is wrong. */
export interface GoVerdict {
  readonly ok: boolean;
  readonly line: string;
}

const GO = "go";
/** Where Debian's golang-golang-x-mod-dev puts its sources. */
const GOPATH = "/usr/share/gocode";
const program = fileURLToPath(new URL("../../merkle-log/interop/check-log.go", import.meta.url));

let built: Promise<string> | undefined;

/** Whether Go and golang.org/x/mod are installed from the system's packages. */
export function isGoThere(): boolean {
  return existsSync(join(GOPATH, "src/golang.org/x/mod/sumdb/tlog")) && spawnSync(GO, ["version"]).status === 0;
}

async function build(): Promise<string> {
  const folder = makeTempFolder("go");
  process.once("exit", () => folder.remove());
  const binary = join(folder.path, "check-log");
  // Nothing is downloaded: without modules Go takes what lies in GOPATH.
  const env = { ...process.env, GO111MODULE: "off", GOPATH, GOFLAGS: "", GOTOOLCHAIN: "local" };
  await promisify(execFile)(GO, ["build", "-o", binary, program], { env });
  return binary;
}

/**
 * Checks a folder in the layout of C2SP tlog-tiles (`checkpoint`, `tile/…`) with golang.org/x/mod/sumdb. Fails where Go is missing.
 * @param oldSize also that the tree of so many leaves is the beginning of this one
 */
export async function checkLogWithGo(folder: string, vkey: string, oldSize = 0): Promise<GoVerdict> {
  built ??= build();
  const binary = await built;
  const keys = makeTempFolder("vkey");
  try {
    const keyFile = join(keys.path, "vkey");
    writeFileSync(keyFile, `${vkey}\n`);
    const { status, stdout, stderr } = spawnSync(binary, [folder, keyFile, String(oldSize)], { encoding: "utf8" });
    return { ok: status === 0 && stdout.startsWith("ok "), line: `${stdout}${stderr}`.trim() };
  } finally {
    keys.remove();
  }
}
