import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { turnCredentials } from "./turn-credentials.ts";

const server = { uris: ["turn:turn.example.org?transport=udp"], secret: "a shared secret" };

test("a relay with the shared secret finds the password right, and the name says when it ends", () => {
  const { username, password, uris, ttl } = turnCredentials(server, "@alice:example.org", 1_000_500);
  assert.equal(password, createHmac("sha1", server.secret).update(username).digest("base64"));
  assert.match(username, /^87400:/);
  assert.deepEqual([uris, ttl], [server.uris, 86_400]);
});

test("the name tells nobody on the way whose it is, and a person keeps theirs", () => {
  const nameOf = (userId: string, secret = server.secret) => turnCredentials({ ...server, secret }, userId, 0).username;
  assert.doesNotMatch(nameOf("@alice:example.org"), /alice/);
  assert.equal(nameOf("@alice:example.org"), nameOf("@alice:example.org"));
  assert.notEqual(nameOf("@alice:example.org"), nameOf("@bob:example.org"));
  assert.notEqual(nameOf("@alice:example.org"), nameOf("@alice:example.org", "another secret"));
});
