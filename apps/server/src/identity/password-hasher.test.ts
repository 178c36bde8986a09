import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import { type Argon2, createPasswordHasher } from "./password-hasher.ts";

const random = createSeededRandom("hasher");

/** Hashes that end when the test says so. */
function heldArgon2() {
  const held: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const work = async <T>(result: T): Promise<T> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => held.push(resolve));
    running -= 1;
    return result;
  };
  const argon2: Argon2 = { hash: () => work("encoded"), verify: () => work(true) };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    argon2,
    most: () => most,
    async finishAll() {
      for (await turn(); held.length > 0; await turn()) for (const finish of held.splice(0)) finish();
    },
  };
}

test("a password is kept as Argon2id with OWASP's parameters and a salt of its own", async () => {
  const hasher = createPasswordHasher({ random });
  const [first, second] = await Promise.all([hasher.hash("correct horse"), hasher.hash("correct horse")]);
  assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(first, second);
  assert.equal(await hasher.verify(first, "correct horse"), true);
  assert.equal(await hasher.verify(first, "correct horsf"), false);
});

test("a password typed in composed and in decomposed letters is the same password", async () => {
  const hasher = createPasswordHasher({ random });
  assert.equal(await hasher.verify(await hasher.hash("p\u00e4ssw\u00f6rter"), "pa\u0308sswo\u0308rter"), true);
});

test("the decoy for unknown names is a hash of the real cost, and no password opens it", async () => {
  const seen: string[] = [];
  const spy: Argon2 = {
    hash: async () => "unused",
    verify: async (encoded) => {
      seen.push(encoded);
      return true;
    },
  };
  assert.equal(await createPasswordHasher({ random, argon2: spy }).verify(undefined, "anything"), false);
  assert.match(seen[0] ?? "", /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await createPasswordHasher({ random }).verify(undefined, "anything"), false);
});

test("two hashes run at a time, 64 wait, and who comes after them is told to come back", async () => {
  const held = heldArgon2();
  const hasher = createPasswordHasher({ random, argon2: held.argon2 });
  const all = Array.from({ length: 70 }, () => hasher.verify("encoded", "password"));
  const outcomes = Promise.allSettled(all);
  await held.finishAll();
  const refused = (await outcomes).filter(({ status }) => status === "rejected");
  assert.equal(held.most(), 2);
  assert.equal(refused.length, 4);
  for (const outcome of refused) assert.equal(outcome.status === "rejected" && outcome.reason.code, "M_LIMIT_EXCEEDED");
  const later = hasher.verify("encoded", "password");
  await held.finishAll();
  assert.equal(await later, true, "the gate is open again after the storm");
});

test("a hash that fails gives its place back", async () => {
  const failing: Argon2 = { hash: () => Promise.reject(new Error("planned")), verify: async () => true };
  const hasher = createPasswordHasher({ random, argon2: failing });
  for (let attempt = 0; attempt < 5; attempt += 1) await assert.rejects(hasher.hash("password"), /planned/);
  assert.equal(await hasher.verify("encoded", "password"), true);
});
