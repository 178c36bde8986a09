import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestServer } from "./http-server.test-support.ts";

const body = (bytes: number) => `{"messages":{},"padding":"${"x".repeat(bytes)}"}`;

test("a body is as large as its endpoint states, and no larger; the others keep the common bound", async (context) => {
  const server = await startTestServer({ config: { profile: "conformance" } });
  context.after(() => server.close());
  const sizes = async (path: string) => {
    const statuses = [];
    for (const bytes of [100_000, 900_000, 1_100_000]) statuses.push((await server.ask("PUT", path, { body: body(bytes) })).status);
    return statuses;
  };
  assert.deepEqual(await sizes("/_matrix/client/v3/sendToDevice/m.x/t"), [200, 200, 413]);
  assert.deepEqual(await sizes("/_matrix/client/v3/devices/DEV"), [200, 413, 413]);
});
