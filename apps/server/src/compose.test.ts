import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "#config";
import { publicAddress } from "./compose.ts";

const address = (flags: Parameters<typeof readConfig>[0]["flags"], environment = {}) =>
  publicAddress(readConfig({ environment, flags }), 8008);

test("clients are told localhost on loopback only, elsewhere the server's name, and always what was configured", () => {
  const tls = { WARDROOM_TLS_CERT: "cert.pem", WARDROOM_TLS_KEY: "key.pem" };
  assert.equal(address({}), "http://localhost:8008");
  assert.equal(address({}, tls), "https://localhost:8008");
  assert.equal(address({ listen: "0.0.0.0:443", server_name: "chat.example.org" }, tls), "https://chat.example.org");
  const behindProxy = { WARDROOM_TRUSTED_PROXIES: "10.0.0.1" };
  assert.equal(address({ listen: "0.0.0.0:8008", server_name: "chat.example.org" }, behindProxy), "https://chat.example.org");
  assert.equal(address({}, { WARDROOM_PUBLIC_BASE_URL: "https://m.example.org/" }), "https://m.example.org");
});
