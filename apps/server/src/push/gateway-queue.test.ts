import assert from "node:assert/strict";
import { createServer } from "node:https";
import { test, type TestContext } from "node:test";
import { createManualTimers, firstCertificate } from "@wardroom/testkit";
import { createOutboundHttp, type Logger, silentLogger } from "#kernel";
import { createGatewayQueue } from "./gateway-queue.ts";
import type { BuildRequest, Notice } from "./notification-body.ts";
import type { PusherRow } from "./pusher-store.ts";

const SECRET = "push-key-of-somebody";

/** A gateway whose certificate nobody vouches for. */
async function startImpostor(context: TestContext) {
  let requests = 0;
  const server = createServer(firstCertificate, (_request, response) => {
    requests += 1;
    response.end("{}");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  context.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return { origin: `https://127.0.0.1:${address.port}`, requests: () => requests };
}

test("a gateway whose certificate is not right is told nothing, and the log says why without naming key or address", async (context) => {
  const impostor = await startImpostor(context);
  const url = new URL(`${impostor.origin}/notify`);
  const logged = Promise.withResolvers<Readonly<Record<string, unknown>>>();
  const log: Logger = { ...silentLogger, info: logged.resolve };
  const build: BuildRequest = () => Promise.resolve({ url, pushkey: SECRET, json: JSON.stringify({ pushkey: SECRET }) });
  const { timers } = createManualTimers();
  const onRejected = () => Promise.resolve();
  const queue = createGatewayQueue({ build, outbound: createOutboundHttp({ allowed: [impostor.origin] }), timers, log, onRejected });
  context.after(() => queue.close());
  // Proven by the queue itself: it reads these two of the row and hands the notice to `build`.
  queue.offer({ user_id: "@ada:test", app_id: "org.example.app" } as PusherRow, {} as Notice);
  const fields = await logged.promise;
  assert.deepEqual(fields, { userId: "@ada:test", appId: "org.example.app", error: "Error", code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  assert.equal(impostor.requests(), 0);
});
