import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTarget } from "./target.ts";

test("a server on loopback is accepted by address and by name", () => {
  assert.deepEqual(parseTarget("wardroom=http://127.0.0.1:8008", false), {
    name: "wardroom",
    host: "127.0.0.1",
    port: 8008,
    secure: false,
    authority: "127.0.0.1:8008",
  });
  assert.deepEqual(parseTarget("a=http://[::1]:81/", false).host, "::1");
  assert.deepEqual(parseTarget("a=https://localhost", false).port, 443);
  assert.deepEqual(parseTarget("a=http://127.9.9.9", false).port, 80);
});

test("a name under .localhost is reached on loopback without asking a resolver", () => {
  const { host, authority } = parseTarget("a=http://chat.localhost:8008", false);
  assert.deepEqual([host, authority], ["127.0.0.1", "chat.localhost:8008"]);
});

test("a server elsewhere is refused, whatever it is dressed as, unless it is allowed", () => {
  const elsewhere = ["example.org", "10.0.0.1", "0.0.0.0", "127.0.0.1.example.org", "localhost.example.org", "notlocalhost", "[::2]"];
  for (const host of elsewhere) {
    assert.throws(() => parseTarget(`a=http://${host}:8008`, false), /not on this machine/, host);
    assert.equal(parseTarget(`a=http://${host}:8008`, true).port, 8008);
  }
  assert.throws(() => parseTarget("a=http://127.0.0.1@example.org/", false), /bare origin/);
});

test("anything but a named http or https origin is refused", () => {
  for (const text of [
    "http://127.0.0.1",
    "a=nonsense",
    "a=ftp://127.0.0.1",
    "a=http://127.0.0.1/base",
    "a=http://127.0.0.1/?x",
    "=http://127.0.0.1",
  ])
    assert.throws(() => parseTarget(text, true), text);
});
