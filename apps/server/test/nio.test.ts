// A bot's client of another family (Python, libolm). It comes from the system's packages: see .ci/run.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { createHttpClient, createSpecValidator, type Json, listAt, startServer, textAt } from "@wardroom/testkit";
import { history } from "./room-steps.test-support.ts";

/** Debian's own interpreter: it is the one that has Debian's packages. */
const PYTHON = "/usr/bin/python3";
const program = fileURLToPath(new URL("./nio-chat.py", import.meta.url));
const isThere = spawnSync(PYTHON, ["-c", "import nio, olm"]).status === 0;

// Where the packages were installed for it, the test may not be missing without a word.
if (isThere || process.env["WARDROOM_TEST_NIO"] === "1") {
  test("two people with matrix-nio sign in, sync and chat encrypted, and the server holds ciphertext", async () => {
    const server = await startServer();
    after(() => server.dispose());
    const http = createHttpClient(server.url, createSpecValidator(process.env["MATRIX_SPEC_DIR"]));
    const [ann, ben] = [await http.register("ann"), await http.register("ben")];
    const { stdout } = await promisify(execFile)(PYTHON, [program, server.url, ann.name, ann.password, ben.name, ben.password]);
    // The program writes JSON.
    const result = JSON.parse(stdout) as Json;
    assert.deepEqual(listAt(result, "ben"), [{ body: "a secret of ann", decrypted: true }]);
    assert.ok(
      listAt(result, "ann").some((entry) => JSON.stringify(entry) === JSON.stringify({ body: "ben 的秘密", decrypted: true })),
      stdout,
    );
    const stored = JSON.stringify(await history(ann, textAt(result, "room"), { dir: "f" }));
    assert.ok(!stored.includes("secret") && !stored.includes("秘密"));
    assert.equal(stored.split("m.room.encrypted").length - 1, 2);
  });
}
