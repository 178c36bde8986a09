import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type ConfigInput, readConfig } from "./index.ts";

const read = (input: Partial<ConfigInput>) => readConfig({ environment: {}, flags: {}, ...input });

function withFile<T>(text: string, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "wardroom-config-"));
  try {
    const file = join(folder, "wardroom.yaml");
    writeFileSync(file, text);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the defaults listen on loopback with the standard profile", () => {
  const config = read({});
  assert.deepEqual(config.listen, { host: "127.0.0.1", port: 8008 });
  assert.equal(config.profile, "standard");
  assert.equal(config.storeCipher, "aegis");
});

test("a flag wins over a variable and a variable over the file", () => {
  withFile("server_name: from-file\nlisten: 127.0.0.1:1\n", (file) => {
    const environment = { WARDROOM_SERVER_NAME: "from-env", WARDROOM_LISTEN: "127.0.0.1:2" };
    const config = read({ file, environment, flags: { listen: "127.0.0.1:3" } });
    assert.equal(config.serverName, "from-env");
    assert.equal(config.listen.port, 3);
  });
});

test("an unknown key is refused with its line", () => {
  withFile("server_name: a\nlissten: 127.0.0.1:1\n", (file) => {
    assert.throws(() => read({ file }), /wardroom\.yaml:2: unknown key "lissten"/);
  });
});

test("a key given twice is refused", () => {
  withFile("server_name: a\nserver_name: b\n", (file) => assert.throws(() => read({ file }), /:2: .*unique/i));
});

test("an unknown section member is refused", () => {
  withFile("tls:\n  certt: x\n", (file) => assert.throws(() => read({ file }), /:2: unknown key "tls\.certt"/));
});

test("an unknown variable is refused, so that a typo does not pass in silence", () => {
  assert.throws(() => read({ environment: { WARDROOM_LISTENN: "x" } }), /WARDROOM_LISTENN: unknown variable/);
});

test("a clear listener off loopback is refused without TLS or a trusted proxy", () => {
  assert.throws(() => read({ flags: { listen: "0.0.0.0:80" } }), /tls\.cert/);
  assert.equal(read({ flags: { listen: "0.0.0.0:80" }, environment: { WARDROOM_TRUSTED_PROXIES: "10.0.0.1" } }).listen.port, 80);
});

test("the conformance profile is refused off loopback even behind a proxy", () => {
  const environment = { WARDROOM_TRUSTED_PROXIES: "10.0.0.1" };
  assert.throws(() => read({ environment, flags: { listen: "0.0.0.0:80", profile: "conformance" } }), /loopback only/);
});

test("names that look like loopback but are not are not taken for it", () => {
  for (const host of ["127.0.0.1.example.org", "localhost.example.org", "1270.0.0.1"]) {
    assert.throws(() => read({ flags: { listen: `${host}:80` } }), /not loopback/);
  }
});

test("a certificate without its key is refused", () => {
  assert.throws(() => read({ environment: { WARDROOM_TLS_CERT: "a.pem" } }), /go together/);
});

test("bad values are refused with the place they stand in", () => {
  assert.throws(() => read({ flags: { listen: "8008" } }), /--listen: "8008" is not HOST:PORT/);
  assert.throws(() => read({ flags: { listen: "127.0.0.1:70000" } }), /not HOST:PORT/);
  assert.throws(() => read({ environment: { WARDROOM_SERVER_NAME: "a b" } }), /WARDROOM_SERVER_NAME/);
  assert.throws(() => read({ environment: { WARDROOM_PROFILE: "open" } }), /none of standard, conformance/);
  assert.throws(() => read({ environment: { WARDROOM_PUBLIC_BASE_URL: "ftp://x" } }), /no address/);
});

test("the credentials folder supplies the key file only when it holds one and none is named", () => {
  const folder = mkdtempSync(join(tmpdir(), "wardroom-credentials-"));
  try {
    const environment = { CREDENTIALS_DIRECTORY: folder };
    assert.equal(read({ environment }).keyFile, "./wardroom.key");
    writeFileSync(join(folder, "wardroom.key"), "");
    assert.equal(read({ environment }).keyFile, join(folder, "wardroom.key"));
    assert.equal(read({ environment, flags: { key_file: "k" } }).keyFile, "k");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("sizes are bytes or have a unit, and anything else is refused with its place", () => {
  const size = (text: string) => read({ environment: { WARDROOM_MEDIA_MAX_UPLOAD_SIZE: text } }).media.maxUploadSize;
  assert.deepEqual([read({}).media.maxUploadSize, read({}).media.quotaPerPerson], [104_857_600, 5_368_709_120]);
  assert.deepEqual([size("1"), size("10KiB"), size("3 MiB"), size("2GiB")], [1, 10_240, 3_145_728, 2_147_483_648]);
  for (const wrong of ["0", "-1", "1.5MiB", "10MB", "MiB", "1e9", "9999999999GiB", "5 constructor"])
    assert.throws(() => size(wrong), /WARDROOM_MEDIA_MAX_UPLOAD_SIZE: ".*" is no size/, wrong);
  withFile("media:\n  access: friends\n", (file) =>
    assert.throws(() => read({ file }), /:2 \(media\.access\): "friends" is none of rooms, accounts/),
  );
});
