import assert from "node:assert/strict";
import { readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createHttpClient, ok } from "./http-client.ts";
import { createSpecValidator, SpecViolation } from "./spec-validator.ts";
import { startServer } from "./start-server.ts";

const entry = fileURLToPath(new URL("./stub-server.test-support.ts", import.meta.url));

test("a server process keeps port and data over stop, kill and restart, and leaves nothing behind", async () => {
  const server = await startServer({ entry });
  const starts = () => readFileSync(join(server.dataFolder, "starts"), "utf8");
  const client = createHttpClient(server.url, createSpecValidator(undefined));
  ok(await client.request("GET", "/_matrix/client/versions"));
  assert.equal(starts(), "1");
  await server.restart();
  await server.kill();
  await assert.rejects(client.request("GET", "/_matrix/client/versions"));
  await server.restart();
  assert.equal(starts(), "3");
  ok(await client.request("GET", "/_matrix/client/versions"));
  await server.dispose();
  assert.equal(existsSync(server.dataFolder), false);
});

test("a server that cannot start is reported with what it wrote", async () => {
  await assert.rejects(startServer({ entry: "/nowhere/at-all.mjs" }), /ended at its start[\s\S]*at-all\.mjs/);
});

test(
  "the client throws on an answer that the specification does not allow",
  { skip: process.env["MATRIX_SPEC_DIR"] === undefined ? "MATRIX_SPEC_DIR is not set" : false },
  async (context) => {
    const server = await startServer({ entry });
    context.after(() => server.dispose());
    const client = createHttpClient(server.url, createSpecValidator(process.env["MATRIX_SPEC_DIR"]));
    await assert.rejects(client.request("GET", "/account/whoami"), SpecViolation);
  },
);
