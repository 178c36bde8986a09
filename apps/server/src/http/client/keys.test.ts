import assert from "node:assert/strict";
import { test } from "node:test";
import { UiaChallenge } from "#identity";
import { MatrixError } from "#kernel";
import { startTestServer } from "../http-server.test-support.ts";

const path = "/_matrix/client/v3/keys/device_signing/upload";
const challenge = { session: "s", flows: [{ stages: ["m.login.password"] }], params: {} };
const refusing = { uia: { require: () => Promise.reject(new UiaChallenge(challenge)) } };

test("cross-signing keys are replaced only after the proof of identity, which first and identical ones do without", async () => {
  for (const judged of ["first", "same", "replacement"]) {
    const stored: unknown[] = [];
    const server = await startTestServer({
      identity: refusing,
      e2ee: {
        judgeCrossSigningKeys: async () => judged,
        uploadCrossSigningKeys: async (...input: unknown[]) => void stored.push(input.at(2)),
      },
    });
    const answer = await server.ask("POST", path, { body: { master_key: {} } });
    assert.equal(answer.status, judged === "replacement" ? 401 : 200);
    assert.deepEqual(stored, judged === "replacement" ? [] : [judged]);
    await server.close();
  }
});

test("keys that are refused are refused before anybody is asked for a password", async () => {
  const asked: unknown[] = [];
  const server = await startTestServer({
    identity: { uia: { require: async (request: unknown) => void asked.push(request) } },
    e2ee: { judgeCrossSigningKeys: () => Promise.reject(new MatrixError("M_INVALID_SIGNATURE", "Signed by nobody.")) },
  });
  assert.equal((await server.ask("POST", path, { body: {} })).status, 400);
  assert.deepEqual(asked, []);
  await server.close();
});

test("the proof is bound to the endpoint, the device and the keys that are replaced", async () => {
  const asked: unknown[] = [];
  const server = await startTestServer({ identity: { uia: { require: async (request: unknown) => void asked.push(request) } } });
  const body = { master_key: { a: 1 }, auth: { type: "m.login.password" }, ignored: 1 };
  await server.ask("POST", path, { body });
  const [request] = asked;
  // Parsed objects have no prototype; what counts is what they say.
  assert.deepEqual(JSON.parse(JSON.stringify(request)), {
    endpoint: "uploadCrossSigningKeys",
    userId: "@alice:test",
    deviceId: "DEV",
    address: "127.0.0.1",
    body: { auth: { type: "m.login.password" }, master_key: { a: 1 } },
    flows: [["m.login.password"]],
  });
  await server.close();
});
