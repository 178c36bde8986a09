import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { ConfigError, readConfig, startServer } from "@wardroom/server";
import { firstCertificate, makeTempFolder, secondCertificate } from "@wardroom/testkit";
import { silentLogger } from "#kernel";

function place(context: TestContext) {
  const folder = makeTempFolder("certificate");
  context.after(() => folder.remove());
  const { path } = folder;
  const [cert, key] = [join(path, "cert.pem"), join(path, "key.pem")];
  const file = join(path, "wardroom.yaml");
  writeFileSync(
    file,
    `listen: 127.0.0.1:0\ndata_dir: ${join(path, "data")}\nkey_file: ${join(path, "wardroom.key")}\ntls:\n  cert: ${cert}\n  key: ${key}\n`,
  );
  const put = (pair: { cert: Buffer; key: Buffer }) => {
    writeFileSync(cert, pair.cert);
    writeFileSync(key, pair.key);
  };
  return { put, config: () => readConfig({ file, environment: {}, flags: {} }) };
}

/** Common name of the certificate that the server shows. */
function shownName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test("SIGHUP's reload shows the new certificate, and one that cannot be used leaves the old one in service", async (context) => {
  const here = place(context);
  here.put(firstCertificate);
  const server = await startServer(here.config(), silentLogger);
  try {
    const port = server.house.http.port();
    assert.equal(await shownName(port), "first.test");
    here.put({ cert: secondCertificate.cert, key: firstCertificate.key });
    server.reloadCertificate();
    assert.equal(await shownName(port), "first.test");
    here.put(secondCertificate);
    server.reloadCertificate();
    assert.equal(await shownName(port), "second.test");
  } finally {
    await server.stop();
  }
});

test("a start with a certificate that is not there, or a key of another, is refused with the setting's name", async (context) => {
  const here = place(context);
  const refuses = (error: unknown) => error instanceof ConfigError && error.message.includes("tls");
  await assert.rejects(startServer(here.config(), silentLogger), refuses);
  here.put({ cert: secondCertificate.cert, key: firstCertificate.key });
  await assert.rejects(startServer(here.config(), silentLogger), refuses);
});
